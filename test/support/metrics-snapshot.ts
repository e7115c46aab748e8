import type { Snapshot } from '../../driver/report/metrics.ts';
import type { VolumeStatus } from '../../node-agent/ports.ts';

/** What a scrape looks at: these volumes, one key generated, two waiting and three spare, four calls to the API under way, and a process. */
export function snapshotOf(volumes: readonly VolumeStatus[] = []): Snapshot {
  return {
    volumes,
    keys: { generating: 1, waiting: 2, spares: 3 },
    apiCalls: { waiting: 0, running: 4 },
    process: {
      startedAt: new Date(1_000),
      cpuSeconds: 1.5,
      residentBytes: 50_000_000,
      virtualBytes: 900_000_000,
      openFiles: 30,
      mostFiles: 1_024,
      activeSeconds: 2.5,
      turns: 700,
      lagSeconds: 0.001,
    },
  };
}
