import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One process for as long as the machine runs: process ids are given again, start times are not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The boot's id and the ticks from boot to the start. */
  readonly startedAt: string;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** @returns undefined where no such process runs; one that has ended and waits to be buried does not run. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const fields = readStat(pid);
  if (fields === undefined || fields.state === 'Z') return undefined;
  return { pid, startedAt: `${readFileSync(BOOT_ID, 'utf8').trim()} ${fields.startTicks}` };
}

/** Whether that very process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** @returns the ids of all processes that we can see. */
export function processIds(): number[] {
  const names = readdirSync('/proc');
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** @returns the children that run. */
export function childrenOf(parent: number): ProcessIdentity[] {
  const children = processIds().filter((pid) => readStat(pid)?.parent === parent);
  return children.flatMap((pid) => identifyProcess(pid) ?? []);
}

/** @returns the name of the mount namespace that a process is in; undefined for one that has ended. */
export function mountNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

/** Sends the signal unless the process has ended. */
export function signalProcess(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** proc(5), /proc/pid/stat: the name in parentheses may hold anything, so count from its end. */
function readStat(pid: number): { readonly state: string; readonly parent: number; readonly startTicks: string } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const [state = '', parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent), startTicks: rest[17] ?? '' };
}
