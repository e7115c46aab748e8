import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import { listing } from './files.ts';
import type { VolumeHome } from './home.ts';
import { lookAt } from './look-at.ts';
import { isOurs } from './mount-table.ts';

/**
 * Removes all that is there of a volume; whatever is missing already is fine, so it can be repeated after any failure.
 * Unbinding comes first: it is the commit point, after which a restart would finish the work. Files are unlinked before
 * their tmpfs is unmounted, because a stray mount namespace may still hold it; the parts go before them all: they hold the key
 * whatever the files are called.
 * @param targetPath where the volume is bound, if it is.
 */
export async function removeVolume(disk: Disk, home: VolumeHome, targetPath: string | undefined): Promise<void> {
  if (targetPath !== undefined) disk.unmount(targetPath);
  await removeTree(disk, home.partsDirectory);
  await removeContents(disk, home.directory);
  disk.unmount(home.directory);
  await removeTree(disk, home.directory);
  // The record goes after all that it names but the target, which only it names after a restart.
  if (targetPath !== undefined) await removeTarget(disk, targetPath);
  await removeTree(disk, home.state);
}

/**
 * Unpublishes a target that no volume of ours has: takes away a mount of ours that was left there, and the directory.
 * @throws {AgentError} `disk-failed` where somebody else's file system is mounted.
 */
export async function clearTarget(disk: Disk, targetPath: string): Promise<void> {
  const mounted = (await disk.mountTable()).filter((entry) => entry.mountPoint === targetPath);
  const foreign = mounted.find((entry) => !isOurs(entry, targetPath));
  if (foreign !== undefined) {
    const what = `a ${foreign.fileSystem} file system from ${JSON.stringify(foreign.source)}`;
    throw new AgentError(
      'disk-failed',
      `Cannot unpublish ${JSON.stringify(targetPath)}: ${what} is mounted there, which is not this driver's`,
    );
  }
  for (const _ of mounted) disk.unmount(targetPath);
  await removeTarget(disk, targetPath);
}

/** Removes the target directory. A file or a link there, or something in the directory, is somebody else's to remove. */
async function removeTarget(disk: Disk, targetPath: string): Promise<void> {
  const target = await lookAt(targetPath);
  if (target?.isDirectory() && (await listing(targetPath)).length === 0) await disk.removeDirectory(targetPath);
}

/** Removes whatever is at the path, with all that is in it; nothing there is fine. Follows no link: a link is unlinked. */
export async function removeTree(disk: Disk, path: string): Promise<void> {
  const found = await lookAt(path);
  if (found === undefined) return;
  if (!found.isDirectory()) return disk.removeFile(path);
  await removeContents(disk, path);
  await disk.removeDirectory(path);
}

async function removeContents(disk: Disk, directory: string): Promise<void> {
  if (!(await lookAt(directory))?.isDirectory()) return;
  for (const name of await listing(directory)) await removeTree(disk, join(directory, name));
}
