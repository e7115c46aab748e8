import type { Health, VolumeStats } from '../../node-agent/ports.ts';
import type { Usage } from '../../node-agent/volume-view.ts';
import type { NodeGetVolumeHealthResponse, NodeGetVolumeStatsResponse, VolumeUsage } from '../../proto/messages.ts';

const STATUS_OF = { degraded: 'DEGRADED', inaccessible: 'INACCESSIBLE' } as const satisfies Record<
  Exclude<Health['kind'], 'healthy'>,
  string
>;

/** Bytes, inodes, and the condition that CSI had until 1.12; whoever reads by 1.13 passes over that field. */
export function statsResponse({ bytes, inodes, health }: VolumeStats): NodeGetVolumeStatsResponse {
  return {
    usage: [usage(bytes, 'BYTES'), usage(inodes, 'INODES')],
    volumeCondition: { abnormal: health.kind !== 'healthy', message: health.message },
  };
}

/** A list of troubles, empty for a volume that has none (CSI specification, NodeGetVolumeHealth). */
export function healthResponse(volumeId: string, health: Health): NodeGetVolumeHealthResponse {
  const { kind, message } = health;
  const healthStatuses = kind === 'healthy' ? [] : [{ status: STATUS_OF[kind], reason: health.reason, message }];
  return { volumeHealth: { volumeId, healthStatuses } };
}

function usage({ total, used, available }: Usage, unit: 'BYTES' | 'INODES'): VolumeUsage {
  return { total: String(total), used: String(used), available: String(available), unit };
}
