import { constants, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { AgentError } from '../errors.ts';
import { codeOf } from './errno.ts';

/**
 * Looks at the disk. What is ours, in the data root, is looked at at once: it is memory, or a directory of which the kernel knows, only root could mount
 * anything there, and a look in the background costs many times as much. Anywhere else, such as among what csi-driver left, where every user may make
 * directories, somebody may have mounted what does not answer: there the look is waited for.
 */

/** lstat(2) of a path of anybody's, or undefined where nothing is. @throws {AgentError} `disk-failed` where the path cannot be looked at. */
export async function lookAt(path: string) {
  try {
    return await lstat(path);
  } catch (cause) {
    return nothing(path, cause);
  }
}

/** The same at once, of a path in the data root or one that has just answered. */
export function lookNow(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    return nothing(path, cause);
  }
}

/** Whether a directory of ours is one that root made, and no link to one. */
export function isRootsDirectory(path: string): boolean {
  return isRoots(lookNow(path));
}

/** The same of what was looked at. */
export function isRoots(found: { isDirectory(): boolean; readonly uid: number } | undefined): boolean {
  return found?.isDirectory() === true && found.uid === 0;
}

/** The names in a directory of ours; none where it does not exist. */
export function listing(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** What a link of ours says. @throws an `Error` with the `code` of readlink(2). */
export function readLink(path: string): string {
  return readlinkSync(path);
}

/** The same, or undefined where there is none. */
export function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/**
 * The text of a file of ours. Whatever else has its name is refused: behind a link the file would be somebody else's, a named pipe would
 * keep the reader waiting, a device might never end.
 * @throws an `Error`, with the `code` of the system call where one failed.
 */
export function readText(path: string): string {
  const found = lookNow(path);
  if (found !== undefined && !found.isFile()) throw new Error('no regular file');
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return readFileSync(path, { encoding: 'utf8', flag: O_RDONLY | O_NOFOLLOW | O_NONBLOCK });
}

function nothing(path: string, cause: unknown): undefined {
  const code = codeOf(cause) ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw new AgentError('disk-failed', `Cannot look at ${JSON.stringify(path)}: ${code}`, { cause });
}
