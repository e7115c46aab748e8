import { AgentError } from '../errors.ts';
import { record } from '../json-value.ts';
import type { Disk } from '../ports.ts';
import { storableAttributes } from '../spec/raw-attributes.ts';
import type { VolumeHome } from './home.ts';
import { readText } from './look-at.ts';
import { removeTree } from './remove-tree.ts';
import type { OpenRequest } from './record.ts';
import { isTexts } from './stored-secrets.ts';

/** What cert-manager's csi-driver stored of a volume in `metadata.json` (csi-lib, `metadata/metadata.go`). */
export interface Metadata {
  /** Its publish request, as far as that driver kept it; without tokens. */
  readonly request: OpenRequest;
  /** When that driver would renew it; absent before its first certificate. */
  readonly nextIssuanceAt?: Date;
}

/** @throws {AgentError} `state-corrupt` for a file that is missing, damaged or another volume's. */
export async function readMetadata(home: VolumeHome): Promise<Metadata> {
  const { volumeID, targetPath, volumeContext, volumeMountGroup, nextIssuanceTime } = await readFields(home);
  // Not which one: where the file is damaged, anything may stand there, a password too.
  if (volumeID !== home.volumeId) throw corrupt(home, 'it is of another volume');
  const attributes = volumeContext ?? {};
  const mountGroup = volumeMountGroup ?? '';
  if (typeof targetPath !== 'string' || typeof mountGroup !== 'string' || !isTexts(attributes)) {
    throw corrupt(home, 'a field is missing or has another type');
  }
  const at = new Date(typeof nextIssuanceTime === 'string' ? nextIssuanceTime : Number.NaN);
  return {
    // kubelet mounts inline volumes of this driver like this, and that driver refused others.
    request: {
      volumeId: home.volumeId,
      targetPath,
      readOnly: true,
      attributes: storableAttributes(attributes),
      access: 'mount',
      accessMode: 'SINGLE_NODE_WRITER',
      fsType: '',
      mountFlags: [],
      volumeMountGroup: mountGroup,
      isAdopted: true,
    },
    ...(!Number.isNaN(at.getTime()) && { nextIssuanceAt: at }),
  };
}

/**
 * Tells cert-manager's csi-driver, should it come back, when the volume is due; tokens that it left in the file go. A file that
 * cannot be read stays as it is.
 * @throws {AgentError} as {@link Disk}.
 */
export async function writeNextIssuance(disk: Disk, home: VolumeHome, at: Date): Promise<void> {
  const fields = await readFields(home).catch(() => undefined);
  if (fields === undefined) return;
  const { volumeContext } = fields;
  const context = isTexts(volumeContext) && { volumeContext: storableAttributes(volumeContext) };
  const text = JSON.stringify({ ...fields, ...context, nextIssuanceTime: at.toISOString() });
  await removeTree(disk, home.nextMetadata);
  await disk.writeFile(home.nextMetadata, text, 0o600);
  await disk.rename(home.nextMetadata, home.metadata);
}

async function readFields(home: VolumeHome): Promise<Readonly<Record<string, unknown>>> {
  let value: unknown;
  try {
    value = JSON.parse(readText(home.metadata));
  } catch {
    // No cause: a JSON error quotes the text, and the text may hold a password or a token.
    throw corrupt(home, 'it cannot be read');
  }
  const fields = record(value);
  if (fields === undefined) throw corrupt(home, 'it is no JSON object');
  return fields;
}

function corrupt(home: VolumeHome, why: string): AgentError {
  return new AgentError('state-corrupt', `Cannot use ${JSON.stringify(home.metadata)} of volume "${home.volumeId}": ${why}`);
}
