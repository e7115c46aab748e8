import type { Contents, FileSpec } from '../contents.ts';
import { AgentError } from '../errors.ts';
import { matches, readFacts } from '../issuance/certificate.ts';
import type { Disk } from '../ports.ts';
import { fileNames } from '../spec/files.ts';
import { ensureDirectory } from './files.ts';
import { readGeneration } from './generation.ts';
import type { Generation } from './generation.ts';
import { linkTarget, setName } from './home.ts';
import type { VolumeHome } from './home.ts';
import { linkAt, lookNow, readText } from './look-at.ts';
import type { Current } from './obtain.ts';
import { completeRequest, readRecord, writeRecord } from './record.ts';
import type { StoredRequest } from './record.ts';
import { removeTree } from './remove-tree.ts';

/**
 * Writes record and secrets of a mounted volume again where they cannot be read.
 * @returns whether it had to. @throws {AgentError} as {@link Disk}.
 */
export async function restoreRecord(disk: Disk, home: VolumeHome, request: StoredRequest): Promise<boolean> {
  if (await canRead(async () => completeRequest(home, await readRecord(home)))) return false;
  await ensureDirectory(disk, home.state, 0o700);
  for (const path of [home.record, home.secrets]) await removeTree(disk, path);
  await writeRecord(disk, home, request);
  return true;
}

/** Whether every file of the current set is there, under the names that the pod opens, and the parts that it was rendered from. */
export async function isWhole(home: VolumeHome, files: FileSpec, current: Current): Promise<boolean> {
  const { number } = current;
  if (linkAt(home.data) !== setName(number)) return false;
  for (const name of fileNames(files)) {
    if (!lookNow(home.file(number, name))?.isFile()) return false;
    if (linkAt(home.visible(name)) !== linkTarget(name)) return false;
  }
  return (await partsOf(home, current)) !== undefined;
}

/**
 * What the current set was rendered from: its parts, or where they cannot be read, its files.
 * @throws {AgentError} `state-corrupt` where key, certificate or CA are in neither.
 */
export async function recover(home: VolumeHome, files: FileSpec, current: Current): Promise<Omit<Generation, 'number'>> {
  const { renewals, lateMs, receivedAt, number } = current;
  const contents = (await partsOf(home, current)) ?? contentsOfSet(home, files, current);
  if (contents !== undefined) return { renewals, lateMs, receivedAt, contents };
  throw new AgentError(
    'state-corrupt',
    `Cannot write the files of volume "${home.volumeId}" again: key, certificate or CA of file set ${number} are gone, and so are its parts`,
  );
}

async function partsOf(home: VolumeHome, current: Current): Promise<Contents | undefined> {
  const generation = await readGeneration(home, current.number).catch(() => undefined);
  return generation !== undefined && isOf(current, generation.contents) ? generation.contents : undefined;
}

function contentsOfSet(home: VolumeHome, files: FileSpec, current: Current): Contents | undefined {
  const read = (name: string) => {
    try {
      return readText(home.file(current.number, name));
    } catch {
      return undefined;
    }
  };
  const [keyPem, chainPem, issuerCaPem] = [read(files.keyFile), read(files.certificateFile), read(files.caFile)];
  // A CA that is gone is not an empty one, which an issuer may have given.
  if (keyPem === undefined || chainPem === undefined || issuerCaPem === undefined) return undefined;
  const contents = { keyPem, chainPem, issuerCaPem };
  return isOf(current, contents) ? contents : undefined;
}

/** Whether it is the pair that was put into the volume. */
function isOf({ facts }: Current, { keyPem, chainPem }: Contents): boolean {
  return matches(keyPem, chainPem) && readFacts(chainPem).serial === facts.serial;
}

function canRead(read: () => Promise<unknown>): Promise<boolean> {
  return read().then(
    () => true,
    () => false,
  );
}
