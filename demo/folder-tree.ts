import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

const TYPES: ReadonlyMap<number, string> = new Map([
  [0o040000, 'd'],
  [0o100000, '-'],
  [0o120000, 'l'],
]);

/** A line for a folder and for each thing in it, deeper ones indented: mode as ls(1) writes it, name, and where a link leads. */
export async function describeFolder(path: string, name = '.', indent = ''): Promise<readonly string[]> {
  const { mode } = await lstat(path);
  const lines = [`${describeMode(mode)}  ${indent}${name}`];
  for (const entry of (await readdir(path, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) lines.push(...(await describeFolder(below, `${entry.name}/`, `${indent}  `)));
    else
      lines.push(
        `${describeMode((await lstat(below)).mode)}  ${indent}  ${entry.name}${entry.isSymbolicLink() ? ` -> ${await readlink(below)}` : ''}`,
      );
  }
  return lines;
}

function describeMode(mode: number): string {
  const bits = Array.from('rwxrwxrwx', (letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
  return `${TYPES.get(mode & 0o170000) ?? '?'}${bits.join('')}`;
}
