import { dirname } from 'node:path';
import { AgentError } from '../errors.ts';
import { lookNow } from './glance.ts';
import type { VolumeHome } from './home.ts';
import { lookAt } from './look-at.ts';

/**
 * Whether the volume's directory is what is seen at the target. Told by st_dev and st_ino, not by the paths of the mount table,
 * which are resolved: a target below a link is as good as any.
 */
export async function isBound(home: VolumeHome, targetPath: string): Promise<boolean> {
  const [target, volume] = [await lookAt(targetPath), await lookAt(home.directory)];
  return target !== undefined && target.dev === volume?.dev && target.ino === volume.ino;
}

/** Whether a file system of its own begins at the path. */
export async function isMountPoint(path: string): Promise<boolean> {
  return isOwnFileSystem(await lookAt(path), await lookAt(parentOf(path)));
}

/** The same at once, as far as can be seen: for who must do something about it before anybody else looks. */
export function isMountPointNow(path: string): boolean {
  return isOwnFileSystem(lookNow(path), lookNow(parentOf(path)));
}

/** The slash makes lstat(2) follow a link in place of the parent. */
function parentOf(path: string): string {
  return `${dirname(path)}/`;
}

interface OnDevice {
  readonly dev: number;
}

function isOwnFileSystem(here: OnDevice | undefined, parent: OnDevice | undefined): boolean {
  return here !== undefined && here.dev !== parent?.dev;
}

/** Whether the volume's files still have their place: the tmpfs is mounted and the directory is on it. */
export async function hasPlace(home: VolumeHome): Promise<boolean> {
  return (await isMountPoint(home.tmpfs)) && (await lookAt(home.directory))?.isDirectory() === true;
}

/** @throws {AgentError} `state-corrupt` where the files' place is gone: a key must not be written where it was. */
export async function requirePlace(home: VolumeHome): Promise<void> {
  if (await hasPlace(home)) return;
  const where = `${JSON.stringify(home.directory)} is no longer there on its tmpfs`;
  throw new AgentError('state-corrupt', `Cannot renew volume "${home.volumeId}": ${where}; delete the pod`);
}
