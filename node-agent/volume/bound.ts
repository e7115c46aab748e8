import { dirname } from 'node:path';
import { AgentError } from '../errors.ts';
import type { VolumeHome } from './home.ts';
import { lookAt } from './look-at.ts';

/**
 * Whether the volume's own tmpfs is what is seen at the target. Told by st_dev, not by the paths of the mount table, which are
 * resolved: a target below a link is as good as any.
 */
export async function isBound(home: VolumeHome, targetPath: string): Promise<boolean> {
  const [target, volume] = [await lookAt(targetPath), await lookAt(home.directory)];
  return target !== undefined && target.dev === volume?.dev && (await isMountPoint(home.directory));
}

/** Whether a file system of its own begins at the path. */
export async function isMountPoint(path: string): Promise<boolean> {
  // The slash makes lstat(2) follow a link in place of the parent.
  const [here, parent] = [await lookAt(path), await lookAt(`${dirname(path)}/`)];
  return here !== undefined && here.dev !== parent?.dev;
}

/** @throws {AgentError} `state-corrupt` where the volume's own tmpfs is gone: a key must not be written where it was. */
export async function requireTmpfs(home: VolumeHome): Promise<void> {
  if (await isMountPoint(home.directory)) return;
  const where = `its tmpfs is not mounted at ${JSON.stringify(home.directory)} any more`;
  throw new AgentError('state-corrupt', `Cannot renew volume "${home.volumeId}": ${where}; delete the pod`);
}
