import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';
import type { Inside } from './inside.ts';

/** Makes the module of inside.ts for the driver, without its types: stripping those would take the driver's memory. @returns where it is. */
export async function prepareInside(folder: string): Promise<string> {
  const { code } = await transform(await readFile(new URL('inside.ts', import.meta.url), 'utf8'), { loader: 'ts' });
  const path = join(folder, 'inside.mjs');
  await writeFile(path, code);
  return path;
}

/** Asks a process that was started with that module. It collects its garbage for this. */
export async function lookInside(process: ChildProcess): Promise<Inside> {
  const answered = once(process, 'message');
  process.send('look');
  const [inside] = (await answered) as [Inside];
  return inside;
}
