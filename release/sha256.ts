import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** A file's SHA-256, in hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
