import type { Snapshot } from '../../driver/report/metrics.ts';
import type { VolumeStatus } from '../../node-agent/ports.ts';

/** What a scrape looks at: these volumes, and one key generated, two waiting and three spare. */
export function snapshotOf(volumes: readonly VolumeStatus[] = []): Snapshot {
  return { volumes, keys: { generating: 1, waiting: 2, spares: 3 } };
}
