import { lstat, readdir } from 'node:fs/promises';
import { AgentError } from '../errors.ts';
import { codeOf } from './errno.ts';

/** lstat(2), or undefined where nothing is. @throws {AgentError} `disk-failed` where the path cannot be looked at. */
export async function lookAt(path: string) {
  try {
    return await lstat(path);
  } catch (cause) {
    const code = codeOf(cause) ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AgentError('disk-failed', `Cannot look at ${JSON.stringify(path)}: ${code}`, { cause });
  }
}

/** Whether it is a directory that root made, and no link to one. */
export async function isRootsDirectory(path: string): Promise<boolean> {
  const found = await lookAt(path);
  return found?.isDirectory() === true && found.uid === 0;
}

/** The names in a directory; none where it does not exist. */
export async function listing(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
