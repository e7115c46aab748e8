import { cp, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Built } from '../build.ts';
import { recordPackages } from './debian-packages.ts';
import { sharedLibraries } from './shared-libraries.ts';

const ROOT = join(import.meta.dirname, '..');

/** The Node that package.json pins, as nodejs.org releases it. */
const NODE = join(ROOT, `node_modules/node-linux-${process.arch}/bin/node`);
const NODE_LICENSE = join(ROOT, `node_modules/node-linux-${process.arch}/LICENSE`);

/**
 * Makes the image's file system in a folder, emptied first: Node, the driver as `npm run build` makes it, the shared libraries
 * these two link, and everybody's licences. No shell, no package manager, no second C library.
 * @throws {Error} where this machine is not a Debian with what Node needs.
 */
export async function makeFileSystem(folder: string): Promise<Built> {
  await rm(folder, { recursive: true, force: true });
  const built = await build({ entry: 'driver/main.ts', outputDirectory: join(folder, 'podcert') });
  await cp(join(ROOT, 'LICENSE'), join(folder, 'podcert/LICENSE'));
  const koffi = join(folder, `podcert/node_modules/@koromix/koffi-linux-${process.arch}`);
  // For a Node that links musl, which this one does not.
  await rm(join(koffi, `musl_${process.arch}`), { recursive: true });
  await mkdir(join(folder, 'usr/bin'), { recursive: true });
  await cp(NODE, join(folder, 'usr/bin/node'));
  await cp(NODE_LICENSE, join(folder, 'usr/share/doc/nodejs/LICENSE'));
  const libraries = await sharedLibraries([NODE, join(koffi, `linux_${process.arch}/koffi.node`)]);
  for (const library of libraries) await cp(library, join(folder, library), { dereference: true });
  await recordPackages(folder, libraries);
  return built;
}

/** For the Dockerfile: `node image/file-system.ts <folder>`. */
if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Say which folder the file system is to be made in');
  await makeFileSystem(resolve(folder));
}
