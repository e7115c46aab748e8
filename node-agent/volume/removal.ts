import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import { isBound, isMountPoint } from './bound.ts';
import { listing } from './files.ts';
import type { VolumeHome } from './home.ts';
import { lookAt } from './look-at.ts';

/**
 * Removes all that is there of a volume; whatever is missing already is fine, so it can be repeated after any failure.
 * Unbinding comes first: it is the commit point, after which a restart would finish the work. Files are unlinked before
 * their tmpfs is unmounted, because a stray mount namespace may still hold it; password and parts go before them all: the parts
 * hold the key whatever the files are called.
 * @param targetPath where the volume is bound, or was to be.
 * @throws {AgentError} as `Disk`, and as {@link clearTarget}.
 */
export async function removeVolume(disk: Disk, home: VolumeHome, targetPath: string | undefined): Promise<void> {
  if (targetPath !== undefined) await unbind(disk, home, targetPath);
  await removeTree(disk, home.secrets);
  await removeTree(disk, home.partsDirectory);
  await removeContents(disk, home.directory);
  // Also where we made a volume of our own of it since: what cert-manager's csi-driver left has its key too.
  await removeTree(disk, home.peers);
  await sweepVolume(disk, home, targetPath);
}

/**
 * Takes away a volume of ours that is bound nowhere. Only unmounts: should a pod have it all the same, where this process cannot see
 * it (kubelet's folder not mounted here, or covered), that pod keeps its files.
 * @param targetPath where it was to be bound.
 */
export async function sweepVolume(disk: Disk, home: VolumeHome, targetPath: string | undefined): Promise<void> {
  disk.unmount(home.own);
  await removeTree(disk, home.own);
  // The record goes after all that it names but the target, which only it names after a restart.
  if (targetPath !== undefined) await removeTarget(disk, targetPath);
  await removeTree(disk, home.state);
}

/**
 * Unpublishes a target that no volume of ours has: takes away what a driver of this name left mounted there, and the directory.
 * @throws {AgentError} `disk-failed` where a file system is mounted that no such driver mounts.
 */
export async function clearTarget(disk: Disk, targetPath: string): Promise<void> {
  await unmountTarget(disk, targetPath);
  await removeTarget(disk, targetPath);
}

async function unbind(disk: Disk, home: VolumeHome, targetPath: string): Promise<void> {
  if (await isBound(home, targetPath)) disk.unmount(targetPath);
  // What is still there was mounted over it, or instead of it.
  await unmountTarget(disk, targetPath);
}

async function unmountTarget(disk: Disk, targetPath: string): Promise<void> {
  if (!(await isMountPoint(targetPath))) return;
  const resolved = join(await realpath(dirname(targetPath)), basename(targetPath));
  const mounted = (await disk.mountTable()).filter(({ mountPoint }) => mountPoint === resolved);
  // kubelet asks for targets of this driver's name only: any tmpfs there is ours, or cert-manager's csi-driver's.
  const foreign = mounted.find(({ fileSystem }) => fileSystem !== 'tmpfs');
  if (foreign !== undefined) {
    const what = `a ${foreign.fileSystem} file system from ${JSON.stringify(foreign.source)}`;
    throw new AgentError(
      'disk-failed',
      `Cannot unpublish ${JSON.stringify(targetPath)}: ${what} is mounted there, which is not this driver's; unmount it`,
    );
  }
  for (const _ of mounted) disk.unmount(resolved);
}

/** Removes the target directory. A file, a link or a mount there, or something in the directory, is somebody else's to remove. */
async function removeTarget(disk: Disk, targetPath: string): Promise<void> {
  const target = await lookAt(targetPath);
  if (target?.isDirectory() !== true || (await isMountPoint(targetPath))) return;
  if ((await listing(targetPath)).length === 0) await disk.removeDirectory(targetPath);
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
