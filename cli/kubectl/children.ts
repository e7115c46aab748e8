import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

/** The processes of ours that live: none outlives us, however we end, unless by SIGKILL. */
const live = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of live) child.kill('SIGKILL');
});

/** Starts a process that ends with us. What becomes of the start is told by its events `error` and `close`. */
export function startChild(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(program, args, options);
  live.add(child);
  const forget = () => live.delete(child);
  child.once('close', forget);
  child.once('error', forget);
  return child;
}

/** Ends a process and resolves once it is gone; one that ended already is fine. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  // It holds nothing that it would have to put away.
  child.kill('SIGKILL');
  await gone;
}
