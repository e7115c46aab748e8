import { factsOf, matches, readChain } from '../issuance/certificate.ts';
import type { CertificateFacts } from '../issuance/certificate.ts';
import { AgentError } from '../errors.ts';
import type { MountEntry } from '../ports.ts';
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
  /** Bound, but something of it cannot be read. */
  | { readonly kind: 'broken'; readonly failure: AgentError; readonly targetPath: string; readonly request?: StoredRequest }
  /** Never delivered, or already unbound: to be swept. */
  | { readonly kind: 'unbound'; readonly targetPath?: string };

/** Reads what is there of a volume; changes nothing. */
export async function inspectVolume(home: VolumeHome, table: readonly MountEntry[]): Promise<Remains> {
  const request = await readRecord(home).catch(expected);
  const record = request instanceof AgentError ? undefined : request;
  const bound = boundAt(home, table, record?.targetPath);
  if (bound === undefined) return { kind: 'unbound', ...(record && { targetPath: record.targetPath }) };
  if (request instanceof AgentError) return { kind: 'broken', failure: request, targetPath: bound };
  if (!table.some((entry) => isOurs(entry, home.directory))) {
    const failure = new AgentError(
      'state-corrupt',
      `The tmpfs of volume "${home.volumeId}" is not mounted at ${JSON.stringify(home.directory)}`,
    );
    return { kind: 'broken', failure, targetPath: bound, request };
  }
  const pair = await readPair(home).catch(expected);
  if (pair instanceof AgentError) return { kind: 'broken', failure: pair, targetPath: bound, request };
  return pair === undefined ? { kind: 'empty', request } : { kind: 'whole', request, ...pair };
}

/** Where the volume's tmpfs is bound: at the target of its record, else wherever a read-only mount shows it. */
function boundAt(home: VolumeHome, table: readonly MountEntry[], targetPath: string | undefined): string | undefined {
  const own = table.find((entry) => isOurs(entry, home.directory));
  const isBind = (entry: MountEntry) => isOurs(entry, entry.mountPoint) && (own === undefined || entry.device === own.device);
  if (targetPath !== undefined) return table.find((entry) => entry.mountPoint === targetPath && isBind(entry))?.mountPoint;
  if (own === undefined) return undefined;
  return table.find((entry) => entry.readOnly && entry.mountPoint !== home.directory && isBind(entry))?.mountPoint;
}

async function readPair(home: VolumeHome): Promise<{ generation: Generation; facts: CertificateFacts } | undefined> {
  const number = await currentSet(home);
  if (number === undefined) return undefined;
  const generation = await readGeneration(home, number);
  const { keyPem, chainPem } = generation.contents;
  if (!matches(keyPem, chainPem)) {
    throw new AgentError('state-corrupt', `Key and certificate of file set ${number} of volume "${home.volumeId}" do not belong together`);
  }
  return { generation, facts: factsOf(readChain(chainPem)[0]) };
}

/** Turns what is expected of damaged state into a value; anything else is a bug and rises. */
function expected(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  throw error;
}
