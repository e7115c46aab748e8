import { existsSync, readFileSync } from 'node:fs';

const SMAPS = '/proc/self/smaps';

/** A range of the process's addresses. */
export interface MappedRange {
  readonly start: number;
  readonly bytes: number;
}

/**
 * Lets go of the pages of the program and its libraries: what is needed again is mapped again, from the kernel's page cache. A start needs most of
 * them, and most of those only once.
 * @param drop unmaps the pages of a range until they are touched again.
 */
export function releaseMappedFiles(drop: (range: MappedRange) => void): void {
  // Not every kernel has it.
  if (!existsSync(SMAPS)) return;
  for (const range of untouchedFiles(readFileSync(SMAPS, 'utf8'))) drop(range);
}

/**
 * What is mapped of files and still as the file has it: not writable, private and without a page of the process's own, present or swapped
 * out, which would be lost.
 * @param smaps the text of /proc/self/smaps (proc_pid_smaps(5)).
 */
export function untouchedFiles(smaps: string): MappedRange[] {
  return smaps
    .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    .filter((mapping) => /^Anonymous: +0 kB$/m.test(mapping) && /^Swap: +0 kB$/m.test(mapping))
    .flatMap((mapping) => {
      // 00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/node
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ [1-9]/.exec(mapping) ?? [];
      if (from === undefined || to === undefined) return [];
      const start = Number.parseInt(from, 16);
      return [{ start, bytes: Number.parseInt(to, 16) - start }];
    });
}
