import type { SpecOutcome } from './sanity-report.ts';

/** Matches, as ginkgo does, the specs that are about services which only the stand-in has; csi-sanity is told to leave them out. */
export const NOT_OURS = '\\[(Controller|GroupController) ';

const NO_CONTROLLER =
  'The driver has no Controller service, nor one for groups: pod specs make its volumes, so there is nothing to provision, attach, list, grow or take snapshots of.';
const NO_STAGING = 'STAGE_UNSTAGE_VOLUME is not advertised: there is no device to share, and kubelet stages no inline volume.';
const NO_HEALTH = 'The health calls of CSI 1.13 are alpha and not advertised; trouble with a volume shows in the log and in the metrics.';

/** By the words with which csi-sanity skips a spec. */
const REASONS: Readonly<Record<string, string>> = {
  'NodeStageVolume not supported': NO_STAGING,
  'NodeUnstageVolume not supported': NO_STAGING,
  'NodeGetVolume not supported':
    'GET_VOLUME_STATS is not advertised: a volume holds a few files of known size, and this version does not measure them.',
  'NodeExpandVolume not supported': 'EXPAND_VOLUME is not advertised: an inline volume has no size to change.',
  'NodeGetVolumeHealth not supported': NO_HEALTH,
  'NodeGetStorageHealth not supported': NO_HEALTH,
  'Service does not have single node multi writer capability':
    'SINGLE_NODE_MULTI_WRITER is not advertised: it is about volumes that several pods share, and a volume here belongs to one pod.',
};

/** Why a skipped spec does not apply to this driver; undefined where nobody has thought about it yet. */
export function whySkipped({ name, message }: SpecOutcome): string | undefined {
  return new RegExp(NOT_OURS).test(name) ? NO_CONTROLLER : REASONS[message];
}
