import type { VolumeStatus } from '../../node-agent/ports.ts';

/** How a volume fares, from worst to best: it is of no use to its pod, it is in trouble, it is well. */
export type Level = 'bad' | 'warning' | 'good';

/** What the level is judged by: of the status of a volume, or of what the admin listener says of it. */
export interface Judged {
  readonly state: VolumeStatus['state'];
  readonly health: { readonly kind: VolumeStatus['health']['kind'] };
  readonly failing?: object | undefined;
}

/** Health is what kubelet is told, which leaves a renewal that fails time to recover; whoever looks wants to know of it at once. */
export function levelOf({ state, health, failing }: Judged): Level {
  if (health.kind === 'inaccessible') return 'bad';
  return health.kind === 'degraded' || state === 'broken' || failing !== undefined ? 'warning' : 'good';
}
