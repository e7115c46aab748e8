import { AgentError } from '../errors.ts';
import { record } from '../json-value.ts';
import type { Disk, PublishRequest } from '../ports.ts';
import { comparableAttributes, KEYSTORE_SWITCH, splitAttributes, storableAttributes, storableSecrets } from '../spec/raw-attributes.ts';
import type { VolumeHome } from './home.ts';
import { isRootsDirectory, readText } from './look-at.ts';
import { removeTree } from './remove-tree.ts';
import { isTexts, readSecrets, writeSecrets } from './stored-secrets.ts';

/** What a volume keeps of its publish, as it came: no token, and of the secrets the keystore's password alone. Never changed after the publish. */
export interface StoredRequest extends PublishRequest {
  /** Stored by cert-manager's csi-driver, which keeps less of it. */
  readonly isAdopted?: true;
}

/** As much of it as the record holds: no secret. */
export type OpenRequest = Omit<StoredRequest, 'secrets'>;

const FORMAT_VERSION = 1;

/** @returns the request as a volume keeps it. */
export function toStored(request: PublishRequest): StoredRequest {
  return { ...request, attributes: storableAttributes(request.attributes), secrets: storableSecrets(request) };
}

/** Writes what is kept of the request: the secrets, then in one step the record, over one that may be there. @throws {AgentError} as {@link Disk}. */
export async function writeRecord(disk: Disk, home: VolumeHome, request: StoredRequest): Promise<void> {
  const { secrets, ...others } = request;
  const { open, secret } = splitAttributes(request.attributes);
  if (hasSecrets(others)) await writeSecrets(disk, home, { attributes: secret, secrets });
  await removeTree(disk, home.nextRecord);
  await disk.writeFile(home.nextRecord, JSON.stringify({ formatVersion: FORMAT_VERSION, ...others, attributes: open }), 0o600);
  await disk.rename(home.nextRecord, home.record);
}

/** The whole request again, of its record and its secrets. @throws {AgentError} `state-corrupt` where these cannot be read. */
export async function completeRequest(home: VolumeHome, record: OpenRequest): Promise<StoredRequest> {
  if (!hasSecrets(record)) return { ...record, secrets: {} };
  const { attributes, secrets } = await readSecrets(home);
  return { ...record, attributes: { ...record.attributes, ...attributes }, secrets };
}

/** Without a keystore there is no password: so records of a time before there were any can be read. csi-driver keeps it with the rest. */
function hasSecrets({ attributes, isAdopted }: OpenRequest): boolean {
  return Boolean(attributes[KEYSTORE_SWITCH]) && isAdopted !== true;
}

/** Makes the state of a volume anew, whatever is there of it: of a volume that was set aside nothing is of use. @throws {AgentError} as {@link Disk}. */
export async function renewState(disk: Disk, home: VolumeHome, request: StoredRequest): Promise<void> {
  await removeTree(disk, home.state);
  for (const directory of [home.state, home.partsDirectory]) await disk.makeDirectory(directory, 0o700);
  await writeRecord(disk, home, request);
}

/** @throws {AgentError} `state-corrupt` for a record that is missing, damaged, foreign or of another format. */
export async function readRecord(home: VolumeHome): Promise<OpenRequest> {
  if (!isRootsDirectory(home.state)) throw corrupt(home, "its folder is no directory of root's");
  let text: string;
  try {
    text = readText(home.record);
  } catch (cause) {
    throw corrupt(home, 'it cannot be read', cause);
  }
  return parseRecord(text, home);
}

function parseRecord(text: string, home: VolumeHome): OpenRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(home, 'it is no JSON', cause);
  }
  const fields = record(value);
  if (fields === undefined) throw corrupt(home, 'it is no JSON object');
  const { formatVersion, ...request } = fields;
  if (formatVersion !== FORMAT_VERSION) {
    throw corrupt(home, `its format version is ${JSON.stringify(formatVersion)}, this driver reads ${FORMAT_VERSION}`);
  }
  if (!isOpenRequest(request)) throw corrupt(home, 'a field is missing or has another type');
  if (request.volumeId !== home.volumeId) throw corrupt(home, `it is of the volume ${JSON.stringify(request.volumeId)}`);
  return request;
}

function isOpenRequest(value: object): value is OpenRequest {
  const request = value as Record<keyof OpenRequest, unknown>;
  const texts = [request.volumeId, request.targetPath, request.accessMode, request.fsType, request.volumeMountGroup];
  return (
    texts.every((text) => typeof text === 'string') &&
    typeof request.readOnly === 'boolean' &&
    (request.access === 'mount' || request.access === 'block' || request.access === 'none') &&
    Array.isArray(request.mountFlags) &&
    request.mountFlags.every((flag) => typeof flag === 'string') &&
    isTexts(request.attributes)
  );
}

function corrupt(home: VolumeHome, why: string, cause?: unknown): AgentError {
  return new AgentError('state-corrupt', `Cannot use the record of volume "${home.volumeId}": ${why}`, { cause });
}

/** How a publish compares with the one that the volume was made for (CSI specification, NodePublishVolume, idempotency). */
export type Comparison = 'same' | 'other-attributes' | 'other-target';

/** Compares raw requests, never our defaults, so that an upgrade cannot make a difference. kubelet's own keys do not count. */
export function compareRequests(stored: StoredRequest, request: PublishRequest): Comparison {
  if (stored.targetPath !== request.targetPath) return 'other-target';
  const { attributes, volumeMountGroup, isAdopted } = stored;
  const known = isAdopted ? { ...toStored(request), attributes, volumeMountGroup } : stored;
  return fingerprint(known) === fingerprint(toStored(request)) ? 'same' : 'other-attributes';
}

function fingerprint({ attributes, readOnly, access, accessMode, fsType, mountFlags, volumeMountGroup }: StoredRequest): string {
  const sorted = Object.entries(comparableAttributes(attributes)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted, readOnly, access, accessMode, fsType, mountFlags, volumeMountGroup]);
}
