import { posix } from 'node:path';
import type { Problem } from '../errors.ts';
import type { PublishRequest } from '../ports.ts';
import { isSelinuxLabel } from '../selinux-label.ts';
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
  readonly selinuxLabel: string | undefined;
}

/** Judges the fields of NodePublishVolume, and the one key of kubelet's that is not about the pod. */
export function parseRequestFields(request: PublishRequest): Parsed<RequestFields> {
  const fields = all<RequestFields & { others: undefined }>({
    volumeId: parseId(request.volumeId),
    mountGroup: parseMountGroup(request.volumeMountGroup),
    selinuxLabel: parseSelinuxLabel(request.mountFlags),
    others: noneOf([targetPathProblem(request.targetPath), readOnlyProblem(request), ephemeralProblem(request), accessProblem(request)]),
  });
  if (fields.kind === 'refused') return fields;
  const { others: _, ...value } = fields.value;
  return parsed(value);
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

/** From `context="…"`, as kubelet writes it; every other flag of a mount is of no use to a volume that is made here. */
function parseSelinuxLabel(mountFlags: readonly string[]): Parsed<string | undefined> {
  const prefix = 'context=';
  const flag = mountFlags.find((text) => text.startsWith(prefix));
  if (flag === undefined) return parsed(undefined);
  const label = flag.slice(prefix.length).replace(/^"(.*)"$/, '$1');
  if (isSelinuxLabel(label)) return parsed(label);
  const cure = 'write it as context="user:role:type:level"';
  return refused({ field: 'volume_capability.mount.mount_flags', value: flag, why: 'is no SELinux context', cure });
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
