import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Stage } from './stage.ts';

/** One of `test/cluster/programs` that reads its standard input, and ends when that does. */
export interface Program extends AsyncDisposable {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Its exit status, once it has ended. */
  readonly ended: Promise<number | null>;
}

export function startProgram({ api }: Stage, name: string, args: readonly string[] = []): Program {
  const stdio = ['pipe', 'pipe', 'inherit'] as const;
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(join(api.programs, 'bin', name), args, { stdio: [...stdio] });
  const ended = once(child, 'exit').then(([status]) => status as number | null);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
