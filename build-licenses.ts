import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The licences under which we pass libraries on (SPDX identifiers): permissive ones, and dedications to the public domain. */
const ACCEPTED = new Set(['Apache-2.0', 'MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD', 'Unlicense']);

/**
 * The licence texts and notices of every library that one of the files (paths below `root`) belongs to, by name.
 * @throws {Error} naming every library whose licence is not one of those we pass on.
 */
export async function collectLicenses(root: string, files: readonly string[]): Promise<string> {
  const libraries = await Promise.all(packageFolders(files).map((folder) => readLibrary(join(root, folder))));
  const refused = libraries.filter(({ license }) => !ACCEPTED.has(license));
  if (refused.length > 0) {
    throw new Error(`Cannot pass on ${refused.map(({ title, license }) => `${title} (licence "${license}")`).join(', ')}`);
  }
  const rule = '='.repeat(80);
  return libraries.map(({ title, license, texts }) => `${[rule, `${title} — ${license}`, rule, ...texts].join('\n\n')}\n`).join('\n');
}

/** The folders of the packages that files (paths below a root) belong to, each once, sorted; files of ours belong to none. */
export function packageFolders(files: readonly string[]): readonly string[] {
  return [...new Set(files.map(packageFolder).filter((folder) => folder !== undefined))].toSorted();
}

interface Library {
  readonly title: string;
  readonly license: string;
  readonly texts: readonly string[];
}

/** `node_modules/<name>` or `node_modules/@<scope>/<name>`, also where one lies in another. */
function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

async function readLibrary(folder: string): Promise<Library> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  const names = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).toSorted();
  const texts = await Promise.all(names.map(async (file) => (await readFile(join(folder, file), 'utf8')).trim()));
  return { title: `${name} ${version}`, license: license ?? 'none', texts };
}
