import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './folders.ts';

/**
 * What `make` puts into an empty folder, made once for these inputs and kept in `<ROOT>/<kind>/`; what was made of other inputs goes.
 * @returns the folder.
 */
export async function cached(kind: string, inputs: readonly string[], make: (folder: string) => Promise<void>): Promise<string> {
  const shelf = join(ROOT, kind);
  const target = join(shelf, digest(inputs));
  if (existsSync(target)) return target;
  await mkdir(shelf, { recursive: true });
  // Renamed when whole, so a folder that has the right name has everything.
  const draft = await mkdtemp(join(shelf, 'draft-'));
  try {
    await make(draft);
    await rename(draft, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  for (const name of await readdir(shelf)) {
    if (join(shelf, name) !== target) await rm(join(shelf, name), { recursive: true, force: true });
  }
  return target;
}

/** @returns names and contents of all files of a folder, in an order that does not change. */
export async function filesAsInputs(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const contents = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return paths.flatMap((path, index) => [path.slice(folder.length), contents[index] ?? '']);
}

function digest(inputs: readonly string[]): string {
  // As JSON, so that a boundary between two inputs cannot move unnoticed.
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}
