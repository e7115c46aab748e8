import { statfs } from 'node:fs/promises';
import { AgentError } from '../errors.ts';
import type { VolumeStats } from '../ports.ts';
import type { Usage } from '../volume-view.ts';
import { isBound } from './bound.ts';
import type { VolumeHome } from './home.ts';

/**
 * What a volume's tmpfs holds. Nothing but that tmpfs is asked, where we mounted it: a path from a caller may be one that never answers.
 * @param volumePath where the caller says that the volume is published.
 * @throws {AgentError} `volume-unknown` where it is not.
 */
export async function measure(home: VolumeHome, targetPath: string, volumePath: string): Promise<Omit<VolumeStats, 'health'>> {
  if (volumePath !== targetPath || !(await isBound(home, targetPath))) {
    throw new AgentError('volume-unknown', `Volume "${home.volumeId}" is not published at ${JSON.stringify(volumePath)}`);
  }
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(home.directory);
  return {
    bytes: usage(blocks * bsize, bfree * bsize, bavail * bsize),
    // tmpfs keeps none for root.
    inodes: usage(files, ffree, ffree),
  };
}

function usage(total: number, free: number, available: number): Usage {
  return { total, used: total - free, available };
}
