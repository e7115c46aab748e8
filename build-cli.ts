import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { VERSION } from './driver/version.ts';

/**
 * `npm run build:cli` makes `dist/kubectl-podcert`, one executable file that needs a Node.js of 20 or newer and nothing else, and beside it
 * `dist/kubectl-podcert-package`, the same as a package for npm and npx. The same sources make the same bytes.
 */
const ROOT = import.meta.dirname;

/** Node takes the file for a CommonJS module or, where a package.json nearby says so, for an ES module, which has no `require`: it is to run as either. */
const REQUIRE = "var require = typeof require === 'function' ? require : process.getBuiltinModule;";

/** @param outputDirectory other things in it stay. @returns the path of the file. @throws {Error} where it would hold a library. */
export async function buildCli(outputDirectory: string): Promise<string> {
  const file = join(outputDirectory, 'kubectl-podcert');
  const { metafile } = await bundle({
    absWorkingDir: ROOT,
    entryPoints: ['cli/main.ts'],
    outfile: file,
    bundle: true,
    minify: true,
    charset: 'utf8',
    format: 'iife',
    platform: 'node',
    target: 'node20',
    banner: { js: `#!/usr/bin/env node\n// kubectl-podcert ${VERSION}, Apache-2.0\n${REQUIRE}` },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  // Its licence would have to go along with the one file.
  const foreign = Object.keys(metafile.inputs).filter((input) => input.includes('node_modules/'));
  if (foreign.length > 0) throw new Error(`cli needs no library, but would take along ${foreign.join(', ')}`);
  await chmod(file, 0o755);
  await makePackage(file, join(outputDirectory, 'kubectl-podcert-package'));
  return file;
}

/** The project itself is private, and installing it would bring the driver's libraries. */
async function makePackage(file: string, folder: string): Promise<void> {
  const names = ['kubectl-podcert', 'kubectl_complete-podcert'];
  const manifest = {
    name: 'kubectl-podcert',
    version: VERSION,
    description: 'kubectl plugin: the certificates that Podcert gives to pods',
    license: 'Apache-2.0',
    type: 'commonjs',
    // kubectl looks for both names in PATH.
    bin: Object.fromEntries(names.map((name) => [name, 'kubectl-podcert'])),
    files: ['kubectl-podcert'],
    engines: { node: '>=20' },
  };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await cp(file, join(folder, 'kubectl-podcert'));
  await cp(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

if (import.meta.main) await buildCli(join(ROOT, 'dist'));
