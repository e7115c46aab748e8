import { posix } from 'node:path';
import type { Problem } from '../errors.ts';
import type { PublishRequest } from '../ports.ts';
import { type VolumeId, parseVolumeId } from '../volume-id.ts';
import { groupId } from './group-id.ts';
import { type Parsed, all, inField, parsed, refused, unless } from './parsed.ts';

/** PATH_MAX of Linux, less the NUL at its end. */
const MAXIMUM_PATH_BYTES = 4_095;

/** What a NodePublishVolume call says outside its attributes. */
export interface RequestFields {
  readonly volumeId: VolumeId;
  /** The pod's fsGroup as kubelet sent it. */
  readonly mountGroup: number | undefined;
}

/** Judges the fields of NodePublishVolume, and the one key of kubelet's that is not about the pod. */
export function parseRequestFields(request: PublishRequest): Parsed<RequestFields> {
  const fields = all<RequestFields & { others: undefined }>({
    volumeId: parseId(request.volumeId),
    mountGroup: parseMountGroup(request.volumeMountGroup),
    others: noneOf([targetPathProblem(request.targetPath), readOnlyProblem(request), ephemeralProblem(request), accessProblem(request)]),
  });
  return fields.kind === 'parsed' ? parsed({ volumeId: fields.value.volumeId, mountGroup: fields.value.mountGroup }) : fields;
}

function noneOf(found: readonly (Problem | undefined)[]): Parsed<undefined> {
  return unless(
    found.filter((problem) => problem !== undefined),
    undefined,
  );
}

function parseId(text: string): Parsed<VolumeId> {
  const volumeId = parseVolumeId(text);
  if (volumeId !== undefined) return parsed(volumeId);
  const why = text === '' ? 'is missing' : 'cannot name a directory safely';
  const cure = 'send 1 to 128 letters, digits, dots, underscores or hyphens, the first a letter or digit';
  return refused({ field: 'volume_id', value: text, why, cure });
}

function parseMountGroup(text: string): Parsed<number | undefined> {
  const field = 'volume_capability.mount.volume_mount_group';
  return text === '' ? parsed(undefined) : inField(field, text, groupId(0)(text));
}

/** What is wrong with a target path, if anything. */
export function targetPathProblem(path: string): Problem | undefined {
  const isSound = posix.isAbsolute(path) && posix.normalize(path) === path && !path.endsWith('/') && !path.includes('\0');
  if (isSound && path.isWellFormed() && Buffer.byteLength(path) <= MAXIMUM_PATH_BYTES) return undefined;
  const why = path === '' ? 'is missing' : 'is not an absolute and normalised path';
  const cure = `send one from "/" on, without ".", "..", doubled or trailing slashes, of at most ${MAXIMUM_PATH_BYTES} bytes`;
  return { field: 'target_path', value: path, why, cure };
}

function readOnlyProblem({ readOnly }: PublishRequest): Problem | undefined {
  const why = 'is false, and a pod may not write into this volume';
  return readOnly ? undefined : { field: 'readonly', why, cure: 'set readOnly: true in the csi section of the pod’s volume' };
}

function ephemeralProblem({ attributes }: PublishRequest): Problem | undefined {
  const field = 'csi.storage.k8s.io/ephemeral';
  const value = attributes[field];
  if (value === 'true') return undefined;
  const cure = 'use the volume inline in a pod (csi: under volumes:), with podInfoOnMount: true on the CSIDriver';
  return { field, ...(value === undefined ? {} : { value }), why: 'is not "true": the volume is not ephemeral', cure };
}

function accessProblem({ access }: PublishRequest): Problem | undefined {
  const field = 'volume_capability';
  switch (access) {
    case 'mount':
      return undefined;
    case 'block':
      return { field, value: access, why: 'asks for a block device, and this volume is a folder of files', cure: 'use volumeMounts' };
    case 'none':
      return { field, why: 'has no access type', cure: 'send a mount capability' };
    default:
      return access satisfies never;
  }
}
