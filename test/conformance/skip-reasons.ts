import type { SpecOutcome } from './sanity-report.ts';

/** Matches, as ginkgo does, the specs that are about services which only the stand-in has; csi-sanity is told to leave them out. */
export const NOT_OURS = '\\[(Controller|GroupController) ';

const NO_CONTROLLER =
  'The driver has no Controller service, nor one for groups: pod specs make its volumes, so there is nothing to provision, attach, list, grow or take snapshots of.';
const NO_STAGING = 'STAGE_UNSTAGE_VOLUME is not advertised: there is no device to share, and kubelet stages no inline volume.';

/** By the words with which csi-sanity skips a spec. */
const REASONS: Readonly<Record<string, string>> = {
  'NodeStageVolume not supported': NO_STAGING,
  'NodeUnstageVolume not supported': NO_STAGING,
  'NodeExpandVolume not supported': 'EXPAND_VOLUME is not advertised: an inline volume has no size to change.',
  'NodeGetStorageHealth not supported':
    'GET_STORAGE_HEALTH is not advertised: there is no storage behind the volumes, and each says by itself what is wrong with it.',
  'Service does not have single node multi writer capability':
    'SINGLE_NODE_MULTI_WRITER is not advertised: it is about volumes that several pods share, and a volume here belongs to one pod.',
};

/** Why a skipped spec does not apply to this driver; undefined where nobody has thought about it yet. */
export function whySkipped({ name, message }: SpecOutcome): string | undefined {
  return new RegExp(NOT_OURS).test(name) ? NO_CONTROLLER : REASONS[message];
}
