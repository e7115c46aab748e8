import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildCli } from '../build-cli.ts';
import { VERSION } from '../driver/version.ts';
import { packImage } from '../image/archive.ts';
import { makeFileSystem } from '../image/file-system.ts';
import { imageArchitecture } from '../image/image-config.ts';
import { packFolder } from '../image/reproducible-tar.ts';
import { readImageParts } from './image-parts.ts';
import type { Content } from './sbom.ts';
import { sha256Of } from './sha256.ts';

/** A file that is released. */
export interface Artifact {
  readonly file: string;
  /** Makes it at a path. @returns what is in it of others, or nothing where all of it is ours. */
  readonly make: (path: string) => Promise<Omit<Content, 'file' | 'sha256'> | undefined>;
}

const ROOT = join(import.meta.dirname, '..');

/** Everything that a release consists of but for what describes it. A further file is one more line here. */
export const ARTIFACTS: readonly Artifact[] = [
  { file: `podcert-${VERSION}-${imageArchitecture()}.tar`, make: makeImage },
  { file: `podcert-${VERSION}.tgz`, make: packChart },
  { file: 'podcert.yaml', make: joinManifests },
  { file: 'kubectl-podcert', make: makeCommandLineTool },
];

/** The image, for machines of this one's kind: Node and the shared libraries are this machine's. */
async function makeImage(path: string): ReturnType<Artifact['make']> {
  return inTemporaryFolder(async (folder) => {
    const { packages } = await makeFileSystem(folder);
    const { digest } = await packImage(folder, `podcert:${VERSION}`, path);
    const purl = `pkg:oci/podcert@${encodeURIComponent(digest)}?arch=${imageArchitecture()}&tag=${VERSION}`;
    const parts = await readImageParts(folder, process.versions.node);
    return { type: 'container', purl, packages, parts };
  });
}

/** The chart as a package that helm installs: a compressed tar with one folder of the chart's name (Helm's documentation, "Charts"). */
async function packChart(path: string): Promise<undefined> {
  await inTemporaryFolder(async (folder) => {
    await cp(join(ROOT, 'manifests/chart'), join(folder, 'podcert'), { recursive: true });
    const tar = join(folder, 'chart.tar');
    await packFolder(folder, tar, 'podcert');
    await writeFile(path, gzipSync(await readFile(tar)));
  });
}

/** The objects of `kubectl apply -f manifests/` in one file, in its order. */
async function joinManifests(path: string): Promise<undefined> {
  const folder = join(ROOT, 'manifests');
  const names = globSync('*.yaml', { cwd: folder }).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  await writeFile(path, texts.join('---\n'));
}

/** The kubectl plugin, one file, in which the build lets nothing of others be. */
async function makeCommandLineTool(path: string): ReturnType<Artifact['make']> {
  return inTemporaryFolder(async (folder) => {
    await copyFile(await buildCli(folder), path);
    return { type: 'application', packages: [], parts: [] };
  });
}

/** Makes a file of a release in a folder. @returns what is told of it, where something is. */
export async function makeArtifact({ file, make }: Artifact, folder: string): Promise<Content | undefined> {
  const path = join(folder, file);
  const made = await make(path);
  return made === undefined ? undefined : { file, sha256: await sha256Of(path), ...made };
}

async function inTemporaryFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'podcert-release-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
