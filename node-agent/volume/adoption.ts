import type { FileSpec } from '../contents.ts';
import { AgentError } from '../errors.ts';
import { matches, readFacts } from '../issuance/certificate.ts';
import type { MountEntry } from '../ports.ts';
import type { VolumeId } from '../volume-id.ts';
import { currentSet } from './files.ts';
import { ADOPTED_SET } from './home.ts';
import type { Home, VolumeHome } from './home.ts';
import { isRoots, listing, lookAt, lookNow } from './look-at.ts';
import type { Current } from './obtain.ts';
import { readGeneration } from './generation.ts';
import { readVisible } from './visible-file.ts';

/** The first renewal by us comes before the two that are brought forward (`schedule/renewal.ts`). */
const NOT_OURS = -1;

/** The names on the tmpfs that cert-manager's csi-driver made for all its volumes; none where it is not mounted. */
export function adoptable(home: Home, table: readonly MountEntry[]): readonly string[] {
  const isShared = (entry: MountEntry) => entry.mountPoint === home.shared && entry.fileSystem === 'tmpfs';
  return table.some(isShared) ? listing(home.shared) : [];
}

/**
 * The paths of a volume, by who made it: where we made one of our own it is ours, whatever else is there.
 * @throws {AgentError} `state-corrupt` for what csi-driver cannot have made: its tmpfs can be written by every user of the node.
 */
export async function findHome(home: Home, volumeId: VolumeId, isAdoptable: boolean): Promise<VolumeHome> {
  const own = home.volume(volumeId);
  if (!isAdoptable || lookNow(own.own) !== undefined) return own;
  if (isRoots(await lookAt(own.peers))) return home.adopted(volumeId);
  throw new AgentError('state-corrupt', `Cannot adopt volume "${volumeId}": ${JSON.stringify(own.peers)} is no directory of root's`);
}

/**
 * What a volume of cert-manager's csi-driver shows to its pod. That driver stored nothing else of a set, so it is read from there
 * unless the set is ours.
 * @returns undefined where there is no set yet. @throws {AgentError} `state-corrupt` where it cannot be read.
 */
export async function readAdopted(home: VolumeHome, files: FileSpec): Promise<Current | undefined> {
  const number = currentSet(home);
  if (number === undefined) return undefined;
  try {
    const chainPem = readVisible(home, files.certificateFile);
    if (!matches(readVisible(home, files.keyFile), chainPem)) throw new Error('no pair');
    const ours = number === ADOPTED_SET ? undefined : await readGeneration(home, number).catch(() => undefined);
    const facts = readFacts(chainPem);
    // That driver counts a lifetime from its beginning, whenever the certificate came.
    return {
      number,
      renewals: ours?.renewals ?? NOT_OURS,
      lateMs: ours?.lateMs ?? 0,
      receivedAt: ours?.receivedAt ?? facts.notBeforeAt,
      facts,
    };
  } catch {
    // No cause: it may quote what it could not read, and that may be a key.
    throw new AgentError('state-corrupt', `Cannot read key and certificate of volume "${home.volumeId}"`);
  }
}
