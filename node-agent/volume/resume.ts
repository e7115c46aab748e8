import { realpath } from 'node:fs/promises';
import { matches, readFacts } from '../issuance/certificate.ts';
import type { CertificateFacts } from '../issuance/certificate.ts';
import { AgentError } from '../errors.ts';
import type { MountEntry } from '../ports.ts';
import { isBound } from './bound.ts';
import { currentSet } from './files.ts';
import { readGeneration } from './generation.ts';
import type { Generation } from './generation.ts';
import type { VolumeHome } from './home.ts';
import { isOurs } from './mount-table.ts';
import { readRecord } from './record.ts';
import type { StoredRequest } from './record.ts';

/** What a start finds of one volume. */
export type Remains =
  /** Bound; record, key and certificate can be read and match. */
  | { readonly kind: 'whole'; readonly request: StoredRequest; readonly generation: Generation; readonly facts: CertificateFacts }
  /** Bound before it had its first certificate. */
  | { readonly kind: 'empty'; readonly request: StoredRequest }
  /** Bound, but something of it cannot be read; or its target cannot even be looked at. */
  | { readonly kind: 'broken'; readonly failure: AgentError; readonly targetPath: string }
  /** Never delivered, or already unbound: to be swept. */
  | { readonly kind: 'unbound'; readonly targetPath?: string };

/** Reads what is there of a volume; changes nothing. */
export async function inspectVolume(home: VolumeHome, table: readonly MountEntry[]): Promise<Remains> {
  const request = await readRecord(home).catch(expected);
  const record = request instanceof AgentError ? undefined : request;
  const bound = await boundAt(home, table, record?.targetPath).catch(expected);
  if (bound instanceof AgentError) {
    if (record === undefined) throw bound;
    // It may be bound at a target that cannot be looked at: kubelet's calls must find it, and no sweep may.
    return { kind: 'broken', failure: bound, targetPath: record.targetPath };
  }
  if (bound === undefined) return { kind: 'unbound', ...(record && { targetPath: record.targetPath }) };
  if (request instanceof AgentError) return { kind: 'broken', failure: request, targetPath: bound };
  if (!table.some((entry) => isOurs(entry, home.directory))) {
    const failure = new AgentError(
      'state-corrupt',
      `The tmpfs of volume "${home.volumeId}" is not mounted at ${JSON.stringify(home.directory)}`,
    );
    return { kind: 'broken', failure, targetPath: bound };
  }
  const pair = await readPair(home).catch(expected);
  if (pair instanceof AgentError) return { kind: 'broken', failure: pair, targetPath: bound };
  return pair === undefined ? { kind: 'empty', request } : { kind: 'whole', request, ...pair };
}

/** Where the volume's tmpfs is bound: at the target of its record, or where there is none, wherever a read-only mount shows it. */
async function boundAt(home: VolumeHome, table: readonly MountEntry[], targetPath: string | undefined): Promise<string | undefined> {
  const own = table.find((entry) => isOurs(entry, home.directory));
  if (targetPath !== undefined && own !== undefined) return (await isBound(home, targetPath)) ? targetPath : undefined;
  if (targetPath !== undefined) {
    // Its tmpfs is gone from the data root; a pod may still see it. The table has resolved paths.
    const resolved = await realpath(targetPath).catch(() => targetPath);
    return table.some((entry) => isOurs(entry, resolved)) ? targetPath : undefined;
  }
  const isBind = (entry: MountEntry) => entry.readOnly && entry.device === own?.device && entry.mountPoint !== home.directory;
  return table.find(isBind)?.mountPoint;
}

async function readPair(home: VolumeHome): Promise<{ generation: Generation; facts: CertificateFacts } | undefined> {
  const number = await currentSet(home);
  if (number === undefined) return undefined;
  const generation = await readGeneration(home, number);
  const { keyPem, chainPem } = generation.contents;
  if (!matches(keyPem, chainPem)) {
    throw new AgentError('state-corrupt', `Key and certificate of file set ${number} of volume "${home.volumeId}" do not belong together`);
  }
  return { generation, facts: readFacts(chainPem) };
}

/** Turns what is expected of damaged state into a value; anything else is a bug and rises. */
function expected(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  throw error;
}
