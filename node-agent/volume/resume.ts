import { realpath } from 'node:fs/promises';
import { matches, readFacts } from '../issuance/certificate.ts';
import type { CertificateFacts } from '../issuance/certificate.ts';
import { AgentError } from '../errors.ts';
import type { MountEntry } from '../ports.ts';
import { isBound } from './bound.ts';
import { readMetadata } from './metadata.ts';
import type { Metadata } from './metadata.ts';
import { lookNow } from './look-at.ts';
import { currentSet } from './files.ts';
import { readGeneration } from './generation.ts';
import type { Generation } from './generation.ts';
import type { VolumeHome } from './home.ts';
import { isOurs } from './mount-table.ts';
import { completeRequest, readRecord } from './record.ts';
import type { StoredRequest } from './record.ts';

/** What a start finds of one volume. */
export type Remains =
  /** Bound; record, key and certificate can be read and match. */
  | { readonly kind: 'whole'; readonly request: StoredRequest; readonly generation: Generation; readonly facts: CertificateFacts }
  /** Bound by cert-manager's csi-driver: what it holds can be read once its file names are known. */
  | ({ readonly kind: 'adopted'; readonly request: StoredRequest } & Metadata)
  /** Bound before it had its first certificate. */
  | { readonly kind: 'empty'; readonly request: StoredRequest }
  /** Bound, but something of it cannot be read; or its target cannot even be looked at. */
  | { readonly kind: 'broken'; readonly failure: AgentError; readonly targetPath: string }
  /** Never delivered, or already unbound: to be swept. */
  | { readonly kind: 'unbound'; readonly targetPath?: string };

/** Reads what is there of a volume; changes nothing. */
export async function inspectVolume(home: VolumeHome, table: readonly MountEntry[]): Promise<Remains> {
  const read = await readRequest(home).catch(expected);
  const record = read instanceof AgentError ? undefined : read.request;
  const bound = await boundAt(home, table, record?.targetPath).catch(expected);
  if (bound instanceof AgentError) {
    if (record === undefined) throw bound;
    // It may be bound at a target that cannot be looked at: kubelet's calls must find it, and no sweep may.
    return { kind: 'broken', failure: bound, targetPath: record.targetPath };
  }
  if (bound === undefined) return { kind: 'unbound', ...(record && { targetPath: record.targetPath }) };
  if (read instanceof AgentError) return { kind: 'broken', failure: read, targetPath: bound };
  // The secrets only now: an unpublish removes them before the record, which names the target.
  const request = await completeRequest(home, read.request).catch(expected);
  if (request instanceof AgentError) return { kind: 'broken', failure: request, targetPath: bound };
  if (placeOf(home, table) === undefined) {
    const where = `${JSON.stringify(home.directory)} is not there on its tmpfs`;
    const failure = new AgentError('state-corrupt', `Cannot use volume "${home.volumeId}": ${where}`);
    return { kind: 'broken', failure, targetPath: bound };
  }
  if (home.isAdopted) return { kind: 'adopted', ...read, request };
  const pair = await readPair(home).catch(expected);
  if (pair instanceof AgentError) return { kind: 'broken', failure: pair, targetPath: bound };
  return pair === undefined ? { kind: 'empty', request } : { kind: 'whole', request, ...pair };
}

/** What the volume was published with, as the driver stored it that made it. */
async function readRequest(home: VolumeHome): Promise<Metadata> {
  const ours = async () => ({ request: await readRecord(home) });
  if (!home.isAdopted) return ours();
  return readMetadata(home).catch((error: unknown) =>
    // One that we mended has a record of ours.
    ours().catch(() => {
      throw error;
    }),
  );
}

/** The tmpfs that holds the volume's directory, as far as both are there. */
function placeOf(home: VolumeHome, table: readonly MountEntry[]): MountEntry | undefined {
  const isThere = lookNow(home.directory) !== undefined;
  return isThere ? table.find((entry) => holds(entry, home)) : undefined;
}

function holds(entry: MountEntry, home: VolumeHome): boolean {
  return home.isAdopted ? entry.mountPoint === home.tmpfs && entry.fileSystem === 'tmpfs' : isOurs(entry, home.tmpfs);
}

/** Where the volume's directory is bound: at the target of its record, or where there is none, wherever another mount shows it. */
async function boundAt(home: VolumeHome, table: readonly MountEntry[], targetPath: string | undefined): Promise<string | undefined> {
  const place = placeOf(home, table);
  if (targetPath !== undefined && place !== undefined) return (await isBound(home, targetPath)) ? targetPath : undefined;
  if (targetPath !== undefined) {
    // Its place in the data root is gone; a pod may still see it. The table has resolved paths.
    const resolved = await realpath(targetPath).catch(() => targetPath);
    const shared = table.find((entry) => home.isAdopted && holds(entry, home));
    const isIts = (entry: MountEntry) =>
      shared === undefined ? isOurs(entry, resolved) : entry.mountPoint === resolved && entry.device === shared.device;
    return table.some(isIts) ? targetPath : undefined;
  }
  // cert-manager's csi-driver binds first and then makes read-only, which another mount namespace does not see.
  const isBind = (entry: MountEntry) =>
    entry.device === place?.device && entry.mountPoint !== home.tmpfs && (entry.readOnly || home.isAdopted);
  const isAt = (mountPoint: string) =>
    isBound(home, mountPoint).catch((error: unknown) => {
      expected(error);
      // A bind that cannot be looked at is its own all the same, unless others are on its tmpfs.
      return !home.isAdopted;
    });
  for (const { mountPoint } of table.filter(isBind)) if (await isAt(mountPoint)) return mountPoint;
  return undefined;
}

async function readPair(home: VolumeHome): Promise<{ generation: Generation; facts: CertificateFacts } | undefined> {
  const number = currentSet(home);
  if (number === undefined) return undefined;
  const generation = await readGeneration(home, number);
  const { keyPem, chainPem } = generation.contents;
  if (!matches(keyPem, chainPem)) {
    throw new AgentError('state-corrupt', `Key and certificate of file set ${number} of volume "${home.volumeId}" do not belong together`);
  }
  return { generation, facts: readFacts(chainPem) };
}

/** Turns what is expected of damaged state into a value; anything else is a bug and rises. */
export function expected(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  throw error;
}
