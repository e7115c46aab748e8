import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { dropPages } from '../../node-agent/volume/kernel.ts';
import { releaseMappedFiles, untouchedFiles } from '../../driver/mapped-files.ts';

/** A mapping as /proc/self/smaps tells it. */
function mapping(head: string, anonymousKilobytes: number, swappedKilobytes = 0): string {
  return `${head}\nSize: 8 kB\nRss: 8 kB\nPrivate_Dirty: 0 kB\nAnonymous: ${String(anonymousKilobytes).padStart(14)} kB\nAnonHugePages: 0 kB\nSwap: ${String(swappedKilobytes).padStart(14)} kB\nVmFlags: rd mr mw me\n`;
}

const FILE = '00:1f 173521                             /usr/bin/node';

describe('mapped files', () => {
  it('are let go of where they are code or constants and no page was changed', () => {
    const smaps = [
      mapping(`00400000-00402000 r--p 00000000 ${FILE}`, 0),
      mapping(`7f0000000000-7f0000003000 r-xp 00002000 ${FILE}`, 0),
      mapping(`7f0000003000-7f0000004000 r--p 00005000 ${FILE}`, 4),
      mapping(`7f0000008000-7f0000009000 r--p 00005000 ${FILE}`, 0, 4),
      mapping(`7f0000004000-7f0000005000 rw-p 00006000 ${FILE}`, 0),
      mapping(`7f0000005000-7f0000006000 r--s 00000000 ${FILE}`, 0),
      mapping('7f0000006000-7f0000007000 r-xp 00000000 00:00 0                        [vdso]', 0),
      mapping('7f0000007000-7f0000008000 r--p 00000000 00:00 0', 0),
    ].join('');
    assert.deepEqual(untouchedFiles(smaps), [
      { start: 0x400000, bytes: 0x2000 },
      { start: 0x7f0000000000, bytes: 0x3000 },
    ]);
  });

  it('are mapped again when they are needed', () => {
    const before = residentFiles();
    releaseMappedFiles(dropPages);
    const after = residentFiles();
    assert.ok(after < before / 2, `${after} of ${before} bytes stay`);
    // Whatever this takes of the program is there again.
    assert.equal(new Intl.DateTimeFormat('de', { month: 'long', timeZone: 'UTC' }).format(new Date('2026-03-01')), 'März');
  });
});

/** What is resident of this process and backed by a file, in bytes. */
function residentFiles(): number {
  const [, kilobytes] = /^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}
