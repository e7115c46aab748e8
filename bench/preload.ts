import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { transform } from 'esbuild';

/** Makes a module for a process that is measured to load first, without its types: stripping those would take that process's memory. @returns where it is. */
export async function preparePreload(folder: string, module: URL): Promise<string> {
  const { code } = await transform(await readFile(module, 'utf8'), { loader: 'ts' });
  const path = join(folder, `${basename(module.pathname, '.ts')}.mjs`);
  await writeFile(path, code);
  return path;
}

/** Has a module that was loaded so do its next thing. @returns what it answers. */
export async function askPreload(process: ChildProcess): Promise<unknown> {
  const answered = once(process, 'message');
  process.send('next');
  const [answer] = (await answered) as [unknown];
  return answer;
}
