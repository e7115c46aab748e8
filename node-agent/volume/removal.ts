import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import { beginsFileSystem, isBound, isMountPoint, isMountPointNow } from './bound.ts';
import { codeOf } from './errno.ts';
import type { Home, VolumeHome } from './home.ts';
import { isRoots, isRootsDirectory, lookAt, lookNow } from './look-at.ts';
import { removeContents, removeTree } from './remove-tree.ts';

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
  if (isRootsDirectory(home.state)) {
    await removeTree(disk, home.secrets);
    await removeTree(disk, home.partsDirectory);
  }
  await removeContents(disk, home.directory);
  // Also where we made a volume of our own of it since: what cert-manager's csi-driver left has its key too. What anybody else made
  // there was never a volume, and who made it could put links in our way.
  if (lookNow(dirname(home.peers)) !== undefined && isRoots(await lookAt(home.peers))) await removeTree(disk, home.peers);
  await sweepVolume(disk, home, targetPath);
}

/**
 * Takes away a volume of ours that is bound nowhere. Only unmounts: should a pod have it all the same, where this process cannot see
 * it (kubelet's folder not mounted here, or covered), that pod keeps its files.
 * @param targetPath where it was to be bound.
 */
export async function sweepVolume(disk: Disk, home: VolumeHome, targetPath: string | undefined): Promise<void> {
  await disk.unmount(home.own);
  await removeTree(disk, home.own);
  // The record goes after all that it names but the target, which only it names after a restart.
  if (targetPath !== undefined) await removeTarget(disk, targetPath);
  await removeTree(disk, home.state);
}

/**
 * Unpublishes a target that no volume of ours has: takes away what a driver of this name left mounted there, and the directory.
 * @throws {AgentError} `disk-failed` where a file system is mounted that no such driver mounts, or another volume.
 */
export async function clearTarget(disk: Disk, { volumes }: Home, targetPath: string): Promise<void> {
  await unmountTarget(disk, targetPath, (mountPoint) => dirname(mountPoint) === volumes);
  await removeTarget(disk, targetPath);
}

async function unbind(disk: Disk, home: VolumeHome, targetPath: string): Promise<void> {
  if (await isBound(home, targetPath)) {
    await disk.unmount(targetPath);
    // It has answered just now.
    if (!isMountPointNow(targetPath)) return;
  }
  // What is still there was mounted over it, or instead of it.
  await unmountTarget(disk, targetPath, (mountPoint) => dirname(mountPoint) === dirname(home.own) && mountPoint !== home.own);
}

/** @param isAnothers whether the tmpfs of another volume has this mount point. */
async function unmountTarget(disk: Disk, targetPath: string, isAnothers: (mountPoint: string) => boolean): Promise<void> {
  if (!(await isMountPoint(targetPath))) return;
  const resolved = join(await realpath(dirname(targetPath)), basename(targetPath));
  const table = await disk.mountTable();
  const mounted = table.filter(({ mountPoint }) => mountPoint === resolved);
  // kubelet asks for targets of this driver's name only: any tmpfs there is ours, or cert-manager's csi-driver's.
  const foreign = mounted.find(({ fileSystem }) => fileSystem !== 'tmpfs');
  if (foreign !== undefined) {
    const what = `a ${foreign.fileSystem} file system from ${JSON.stringify(foreign.source)}`;
    throw cannotUnpublish(targetPath, `${what} is mounted there, which is not this driver's; unmount it`);
  }
  // A link in the way to the target may lead to that of another volume.
  const other = table.find(({ mountPoint, device }) => isAnothers(mountPoint) && mounted.some((entry) => entry.device === device));
  if (other !== undefined) {
    throw cannotUnpublish(targetPath, `the volume "${basename(other.mountPoint)}" is mounted there; unpublish that one`);
  }
  for (const _ of mounted) await disk.unmount(resolved);
}

function cannotUnpublish(targetPath: string, why: string): AgentError {
  return new AgentError('disk-failed', `Cannot unpublish ${JSON.stringify(targetPath)}: ${why}`);
}

/** Removes the target directory. A file, a link or a mount there, or something in the directory, is somebody else's to remove. */
async function removeTarget(disk: Disk, targetPath: string): Promise<void> {
  const target = await lookAt(targetPath);
  if (target?.isDirectory() !== true || beginsFileSystem(targetPath, target)) return;
  await disk.removeDirectory(targetPath).catch((error: unknown) => {
    if (!(error instanceof AgentError && codeOf(error.cause) === 'ENOTEMPTY')) throw error;
  });
}
