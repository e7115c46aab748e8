import { readdir, readFile } from 'node:fs/promises';

/** What a process takes up at this moment. */
export interface ProcessUsage {
  /** Memory that belongs to it alone and is backed by no file (`Anonymous` of smaps_rollup, proc_pid_smaps(5)). */
  readonly anonymousBytes: number;
  readonly residentBytes: number;
  /** The most that was resident at a time, pages of files among it (`VmHWM` of proc_pid_status(5)). */
  readonly peakBytes: number;
  /** Time on a processor since it began, of all its threads (schedstat, first field). */
  readonly cpuMs: number;
  readonly descriptors: number;
  readonly threads: number;
}

export async function readUsage(pid: number): Promise<ProcessUsage> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string, text = rollup) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? NaN) * 1_024;
  return {
    anonymousBytes: bytes('Anonymous'),
    residentBytes: bytes('Rss'),
    peakBytes: bytes('VmHWM', status),
    cpuMs: await cpuMsOf(pid),
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
    threads: (await readdir(`/proc/${pid}/task`)).length,
  };
}

/** Of the threads that live: none of Node.js's ends before the process does. */
async function cpuMsOf(pid: number): Promise<number> {
  let nanoseconds = 0;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
    nanoseconds += Number(text.split(' ')[0]);
  }
  return nanoseconds / 1e6;
}
