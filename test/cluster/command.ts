import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ClusterFailure } from './failure.ts';

const LINES_SHOWN = 30;

export interface CommandOptions {
  /** The folder it runs in; default: ours. */
  readonly cwd?: string;
  /** The environment in place of ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads; default: nothing. */
  readonly input?: string | Readable;
}

/**
 * Runs a command to its end and kills it when the signal says so.
 * @returns what it writes to standard output.
 * @throws {ClusterFailure} with the end of what it said, where it fails or cannot be started.
 */
export async function runCommand(argv: readonly [string, ...string[]], options: CommandOptions, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const { cwd, env, input } = options;
  const [program, ...args] = argv;
  const child = spawn(program, args, { cwd, env, signal, killSignal: 'SIGKILL', stdio: ['pipe', 'pipe', 'pipe'] });
  // A program that ends before it has read everything tells why by its status.
  child.stdin.on('error', () => undefined);
  if (typeof input === 'object') input.pipe(child.stdin);
  else child.stdin.end(input ?? '');
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    const [status, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    const [stdout, stderr] = await output;
    if (status === 0) return stdout;
    throw new ClusterFailure(`"${argv.join(' ')}" ended with ${killedBy ?? status}:\n${endOf(stderr || stdout)}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ClusterFailure) throw error;
    throw new ClusterFailure(`"${program}" cannot be started: ${(error as Error).message}`, { cause: error });
  }
}

/** @returns the last lines of a log, indented. */
export function endOf(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-LINES_SHOWN);
  return lines.map((line) => `    ${line}`).join('\n');
}
