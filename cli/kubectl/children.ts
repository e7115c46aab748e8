import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

/** The processes of ours that live: none outlives us, however we end, unless by SIGKILL. */
const live = new Set<Child>();

process.once('exit', killChildren);

/** A process of ours; one in a group of its own ends with all that it has started, such as a kubectl that is a script around another. */
export interface Child {
  readonly process: ChildProcess;
  readonly hasOwnGroup: boolean;
}

/** Starts a process that ends with us. What becomes of the start is told by its events `error` and `close`. */
export function startChild(program: string, args: readonly string[], options: SpawnOptions & { readonly hasOwnGroup: boolean }): Child {
  // There are no such groups on Windows, where this would open a window.
  const hasOwnGroup = options.hasOwnGroup && process.platform !== 'win32';
  const child: Child = { process: spawn(program, args, { ...options, detached: hasOwnGroup }), hasOwnGroup };
  live.add(child);
  const forget = () => live.delete(child);
  child.process.once('close', forget);
  child.process.once('error', forget);
  return child;
}

/** Ends all of them, without waiting until they are gone. */
function killChildren(): void {
  for (const child of live) kill(child);
}

/** Ends a process and resolves once it is gone; one that ended already is fine. */
export async function endChild(child: Child): Promise<void> {
  const { pid, exitCode, signalCode, stdout, stderr } = child.process;
  // Somebody else whom it started may hold the other ends, and they would hold us.
  stdout?.destroy();
  stderr?.destroy();
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  const gone = new Promise((resolve) => child.process.once('exit', resolve));
  kill(child);
  await gone;
}

/** At once: it holds nothing that it would have to put away. */
function kill({ process: child, hasOwnGroup }: Child): void {
  if (!hasOwnGroup || child.pid === undefined) {
    child.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}
