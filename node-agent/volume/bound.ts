import { dirname } from 'node:path';
import { AgentError } from '../errors.ts';
import type { VolumeHome } from './home.ts';
import { lookAt, lookNow } from './look-at.ts';

/**
 * Whether the volume's directory is what is seen at the target. Told by st_dev and st_ino, not by the paths of the mount table,
 * which are resolved: a target below a link is as good as any.
 */
export async function isBound(home: VolumeHome, targetPath: string): Promise<boolean> {
  const [target, volume] = [await lookAt(targetPath), lookNow(home.directory)];
  return target !== undefined && target.dev === volume?.dev && target.ino === volume.ino;
}

/** Whether a file system of its own begins at the path. */
export async function isMountPoint(path: string): Promise<boolean> {
  return beginsFileSystem(path, await lookAt(path));
}

/** The same at once, of a path in the data root or one that has just answered. */
export function isMountPointNow(path: string): boolean {
  return beginsFileSystem(path, lookNow(path));
}

/** The same of a path that was looked at: what it lies in has answered with it, so that is looked at at once. */
export function beginsFileSystem(path: string, found: { readonly dev: number } | undefined): boolean {
  // The slash makes lstat(2) follow a link in place of the parent.
  return found !== undefined && found.dev !== lookNow(`${dirname(path)}/`)?.dev;
}

/** Whether the volume's files still have their place: the tmpfs is mounted and the directory is on it. */
export function hasPlace(home: VolumeHome): boolean {
  return isMountPointNow(home.tmpfs) && lookNow(home.directory)?.isDirectory() === true;
}

/** @throws {AgentError} `state-corrupt` where the files' place is gone: a key must not be written where it was. */
export function requirePlace(home: VolumeHome): void {
  if (hasPlace(home)) return;
  const where = `${JSON.stringify(home.directory)} is no longer there on its tmpfs`;
  throw new AgentError('state-corrupt', `Cannot renew volume "${home.volumeId}": ${where}; delete the pod`);
}
