import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes into a tmpfs until there is no room. @returns the file to remove for there to be room again. */
export function fill(folder: string): string {
  const filler = join(folder, '..filler');
  try {
    writeFileSync(filler, Buffer.alloc(1024 ** 3));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
    return filler;
  }
  assert.fail(`${folder} has room for everything`);
}
