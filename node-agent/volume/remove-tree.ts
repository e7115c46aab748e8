import { join } from 'node:path';
import type { Disk } from '../ports.ts';
import { beginsFileSystem } from './bound.ts';
import { listing, lookNow } from './look-at.ts';

/**
 * Removes whatever is at the path, with all that is in it; nothing there is fine. Follows no link: a link is unlinked. Nor is anything
 * removed of what is mounted there, or in it. @throws {AgentError} as {@link Disk}, such as for a mount that is in the way.
 */
export async function removeTree(disk: Disk, path: string): Promise<void> {
  const found = lookNow(path);
  if (found === undefined) return;
  if (!found.isDirectory()) return disk.removeFile(path);
  if (!beginsFileSystem(path, found)) await removeEach(disk, path);
  await disk.removeDirectory(path);
}

/** The same of all that is in a directory, which stays; something else in its place stays too. */
export async function removeContents(disk: Disk, directory: string): Promise<void> {
  if (lookNow(directory)?.isDirectory() === true) await removeEach(disk, directory);
}

/** @param directory was looked at a moment ago. */
async function removeEach(disk: Disk, directory: string): Promise<void> {
  for (const name of listing(directory)) await removeTree(disk, join(directory, name));
}
