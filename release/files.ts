import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LockFile } from '../audit/lock-file.ts';
import { VERSION } from '../driver/version.ts';
import { imageArchitecture } from '../image/image-config.ts';
import { ARTIFACTS, makeArtifact } from './artifacts.ts';
import { sha256Of } from './sha256.ts';
import type { Repository } from './repository.ts';
import { describeContents } from './sbom.ts';

const ROOT = join(import.meta.dirname, '..');

/** The last file that is made. */
const CHECKSUMS = 'SHA256SUMS';

/**
 * Makes every file of a release in a folder, in place of those of another release: the artifacts, what is in them (`.cdx.json`), what they were made of
 * (`.build.json`), the notes and the checksums of all these. The same commit makes the same bytes on the same Debian.
 * @throws {Error} where the folder holds something else, which stays.
 */
export async function makeFiles(folder: string, repository: Repository, notes: string): Promise<void> {
  const found = await readdir(folder).catch((): string[] => []);
  if (found.length > 0 && !found.includes(CHECKSUMS)) {
    throw new Error(`Cannot make a release in "${folder}": it holds something else than a release; name another folder`);
  }
  await mkdir(dirname(folder), { recursive: true });
  // Beside it, so that what is in it is always one whole release.
  const work = await mkdtemp(`${folder}.`);
  try {
    await fill(work, repository, notes);
    await chmod(work, 0o755);
    await rm(folder, { recursive: true, force: true });
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fill(folder: string, repository: Repository, notes: string): Promise<void> {
  const made = [];
  for (const artifact of ARTIFACTS) made.push(await makeArtifact(artifact, folder));
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
  const contents = made.filter((content) => content !== undefined);
  const own = `podcert-${VERSION}-${imageArchitecture()}`;
  await writeJson(join(folder, `${own}.cdx.json`), describeContents({ version: VERSION, ...repository }, contents, lock));
  await writeJson(join(folder, `${own}.build.json`), await describeBuild(repository));
  await writeFile(join(folder, 'release-notes.md'), `# Podcert ${VERSION}\n\n${notes}\n`);
  await writeFile(join(folder, CHECKSUMS), await checksums(folder));
}

/** All that has to be the same for somebody else to make the same bytes. */
async function describeBuild({ commit, committedAt, changed }: Repository): Promise<object> {
  return {
    version: VERSION,
    commit,
    committedAt: committedAt.toISOString(),
    hasUncommittedChanges: changed.length > 0,
    architecture: imageArchitecture(),
    node: process.versions.node,
    debian: /^PRETTY_NAME="(.*)"$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1],
    packageLock: { sha256: await sha256Of(join(ROOT, 'package-lock.json')) },
  };
}

/** What `sha256sum --check` reads, for every file of a folder. */
async function checksums(folder: string): Promise<string> {
  const names = (await readdir(folder)).toSorted();
  const lines = await Promise.all(names.map(async (name) => `${await sha256Of(join(folder, name))}  ${name}\n`));
  return lines.join('');
}

function writeJson(path: string, value: object): Promise<void> {
  return writeFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
