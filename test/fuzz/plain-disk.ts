import { mkdir, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk } from '../../node-agent/ports.ts';
import { mount, unmount } from '../../node-agent/volume/kernel.ts';
import type { Context } from './property.ts';

function noMounts(): never {
  throw new Error('Nothing is mounted here');
}

/** The file work of a disk, in a folder of ours: no mounts, no owners. */
export const plainDisk: Disk = {
  makeDirectory: async (path, mode) => {
    await mkdir(path, { mode });
  },
  writeFile: (path, content, mode) => writeFile(path, content, { mode }),
  symlink: (target, path) => symlink(target, path),
  rename: (from, to) => rename(from, to),
  removeFile: (path) => rm(path, { force: true }),
  removeDirectory: (path) => rmdir(path),
  mountTmpfs: noMounts,
  bindReadOnly: noMounts,
  unmount: async () => noMounts(),
  lock: noMounts,
  mountTable: async () => [],
};

/** A folder in memory, as the driver's own are: a write to a disk takes a hundred times as long. */
export function tmpfsFolder(context: Context): string {
  const folder = mkdtempSync(join(tmpdir(), 'podcert-fuzz-'));
  mount('tmpfs', folder, 'tmpfs', 0, null);
  context.after(() => {
    unmount(folder);
    rmdirSync(folder);
  });
  return folder;
}
