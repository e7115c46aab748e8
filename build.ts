import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build as bundle } from 'esbuild';
import { collectLicenses, packageFolders } from './build-licenses.ts';

/**
 * `npm run build` makes `dist/`, all that a Node.js needs to run the driver (`node dist/driver.mjs`): the driver with its
 * libraries in one file, which needs a third of the memory they take one by one; in others what is loaded only where it is needed;
 * the proto files it loads; koffi, whose native part no bundle can hold; and the licences of all of these. The same sources and libraries make the same bytes.
 */
export interface Build {
  /** The module to begin with, such as `driver/main.ts`. */
  readonly entry: string;
  /** Emptied first. */
  readonly outputDirectory: string;
  /** Where each place of the bundle comes from, in a file beside it; none unless said otherwise. */
  readonly hasSourceMap?: boolean;
}

/** What a build has passed on of others. */
export interface Built {
  /** The folders of the packages, below the root, sorted: `node_modules/koffi`. */
  readonly packages: readonly string[];
}

const ROOT = import.meta.dirname;

/** Libraries in CommonJS call `require` for Node's own modules, which an ES module has not got. */
const REQUIRE = "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

/** What of koffi runs; the rest are its sources and documents. */
const KOFFI_FILES = ['package.json', 'LICENSE.txt', 'index.js', 'src/koffi/index.js', 'src/koffi/src/static.js'];

export async function build({ entry, outputDirectory, hasSourceMap = false }: Build): Promise<Built> {
  await rm(outputDirectory, { recursive: true, force: true });
  await mkdir(outputDirectory, { recursive: true });
  const { metafile } = await bundle({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outdir: outputDirectory,
    entryNames: 'driver',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    // Also its default, but it writes regular expressions and tagged templates as they are.
    charset: 'ascii',
    sourcemap: hasSourceMap ? 'external' : false,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    external: ['koffi'],
    banner: { js: REQUIRE },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await copyProtos(join(outputDirectory, 'proto'));
  const koffiFolders = await copyKoffi(join(outputDirectory, 'node_modules'));
  const files = [...Object.keys(metafile.inputs), ...koffiFolders.map((folder) => join(folder, 'package.json'))];
  await writeFile(join(outputDirectory, 'THIRD-PARTY-LICENSES'), await collectLicenses(ROOT, files));
  return { packages: packageFolders(files) };
}

async function copyProtos(target: string): Promise<void> {
  const source = join(ROOT, 'proto');
  const names = (await readdir(source)).filter((name) => name.endsWith('.proto'));
  for (const name of names) await cp(join(source, name), join(target, name));
}

/** @returns the packages copied, as folders below the root: koffi, and its native part for this machine's kind. */
async function copyKoffi(target: string): Promise<readonly string[]> {
  const native = (await readdir(join(ROOT, 'node_modules/@koromix')))
    .filter((name) => name.startsWith('koffi-'))
    .map((name) => `@koromix/${name}`);
  const files = [...KOFFI_FILES.map((file) => join('koffi', file)), ...native];
  for (const file of files) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(join(ROOT, 'node_modules', file), join(target, file), { recursive: true });
  }
  return ['koffi', ...native].map((name) => join('node_modules', name));
}

if (import.meta.main) await build({ entry: 'driver/main.ts', outputDirectory: join(ROOT, 'dist') });
