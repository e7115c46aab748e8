import { readdir, readFile } from 'node:fs/promises';

/** What a process takes up at this moment. */
export interface ProcessUsage {
  /** Memory that belongs to it alone and is backed by no file (`Anonymous` of smaps_rollup, proc_pid_smaps(5)). */
  readonly anonymousBytes: number;
  readonly residentBytes: number;
  /** Time on a processor since it began, of all its threads (schedstat, first field). */
  readonly cpuMs: number;
  readonly descriptors: number;
  readonly threads: number;
}

export async function readUsage(pid: number): Promise<ProcessUsage> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(rollup)?.[1] ?? NaN) * 1_024;
  return {
    anonymousBytes: bytes('Anonymous'),
    residentBytes: bytes('Rss'),
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
