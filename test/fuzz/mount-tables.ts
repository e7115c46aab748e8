import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { MountEntry } from '../../node-agent/ports.ts';
import { isSharedAt, parseMountTable } from '../../node-agent/volume/mount-table.ts';
import { hostileText, mutated } from './hostile.ts';
import { type Subject, property } from './property.ts';

const field = hostileText.map((text) => text.replaceAll('\0', '').toWellFormed());

const entries: fc.Arbitrary<MountEntry> = fc.record({
  mountPoint: field.map((text) => `/${text}`),
  device: fc.tuple(fc.nat(4_000), fc.nat(4_000)).map((numbers) => numbers.join(':')),
  fileSystem: fc.constantFrom('tmpfs', 'ext4', 'fuse.sshfs', 'overlay'),
  source: field,
  options: fc.constantFrom(['rw'], ['rw', 'size=4k'], ['ro'], ['rw', 'noswap']),
  readOnly: fc.boolean(),
  isShared: fc.boolean(),
});

const tags = fc.subarray(['master:2', 'propagate_from:3', 'unbindable']);

/** A line as the kernel writes it (proc_pid_mountinfo(5)). */
const lines = fc.tuple(entries, tags).map(([entry, tags]) => ({ entry, text: write(entry, tags) }));

function write({ mountPoint, device, fileSystem, source, options, readOnly, isShared }: MountEntry, tags: readonly string[]): string {
  const fields = ['36', '35', device, '/', escape(mountPoint), readOnly ? 'ro,noatime' : 'rw', ...(isShared ? ['shared:9'] : []), ...tags];
  return `${fields.join(' ')} - ${fileSystem} ${escape(source)} ${options.join(',')}`;
}

function escape(text: string): string {
  return text.replaceAll(/[ \t\n\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** /proc/self/mountinfo. */
export const mountTables: Subject = {
  name: 'mount tables',
  properties: () => [
    property(
      'every mount that the kernel tells of is read as it is',
      { inputs: fc.array(lines, { maxLength: 5 }), weight: 4, reaches: ['read'] },
      (lines) => {
        const table = parseMountTable(`${lines.map(({ text }) => text).join('\n')}\n`);
        assert.deepEqual(
          table,
          lines.map(({ entry }) => ({ ...entry })),
        );
        assert.equal(typeof isSharedAt(table, '/a/b'), 'boolean');
        return 'read';
      },
    ),
    property(
      'a line that the kernel would not write is left out, or read as some mount',
      { inputs: mutated(lines.map(({ text }) => text)), weight: 4, reaches: ['read', 'left out'] },
      (text) => {
        const table = parseMountTable(text);
        assert.ok(table.every(({ mountPoint, device, fileSystem }) => mountPoint !== '' && device !== '' && fileSystem !== ''));
        return table.length === 0 ? 'left out' : 'read';
      },
    ),
  ],
};
