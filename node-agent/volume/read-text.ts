import { constants, readFile } from 'node:fs/promises';
import { lookAt } from './look-at.ts';

/**
 * The text of a file of ours. Whatever else has its name is refused: behind a link the file would be somebody else's, a named pipe would
 * keep the reader waiting, a device might never end.
 * @throws an `Error`, with the `code` of the system call where one failed.
 */
export async function readText(path: string): Promise<string> {
  const found = await lookAt(path);
  if (found !== undefined && !found.isFile()) throw new Error('no regular file');
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return readFile(path, { encoding: 'utf8', flag: O_RDONLY | O_NOFOLLOW | O_NONBLOCK });
}
