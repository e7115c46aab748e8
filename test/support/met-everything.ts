import { createMetrics, type Metrics } from '../../driver/report/metrics.ts';
import type { Difference } from '../../node-agent/events.ts';
import type { VolumeStatus } from '../../node-agent/ports.ts';
import { parseVolumeId, type VolumeId } from '../../node-agent/volume-id.ts';

const TOOK = { keyMs: 100, createMs: 20, waitMs: 1_000, writeMs: 3 };
const DIFFERENCES: readonly Difference[] = ['subject', 'additional-san', 'fewer-usages', 'lifetime', 'chain-unverified'];

/** A volume of kubelet's with a certificate of 2026, but for what is said. */
export function volumeStatus(id: string, change: Partial<VolumeStatus> = {}): VolumeStatus {
  return {
    volumeId: parseVolumeId(id) as VolumeId,
    state: 'mounted',
    pod: { namespace: 'ns', name: 'web', uid: 'u', serviceAccount: 'sa' },
    issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
    targetPath: `/var/lib/kubelet/pods/u/volumes/kubernetes.io~csi/${id}/mount`,
    receivedAt: new Date('2026-01-01T00:00:00Z'),
    notAfterAt: new Date('2026-01-02T00:00:00.500Z'),
    renewAt: new Date('2026-01-01T16:00:00Z'),
    generation: 3,
    health: { kind: 'healthy', message: 'good' },
    ...change,
  };
}

/** Metrics of a driver that has met everything there is a metric of. */
export function metricsThatMetEverything(): Metrics {
  const metrics = createMetrics({ version: '1.2.3', watches: ['certificaterequests'] });
  const { volumeId, pod, issuer, notAfterAt, renewAt } = volumeStatus('tls') as Required<VolumeStatus>;
  const delivered = { volumeId, pod, issuer, serial: '01', notAfterAt, renewAt, took: TOOK };
  metrics.countEvent({ kind: 'published', ...delivered });
  metrics.countEvent({ kind: 'renewed', ...delivered, lateMs: 2_000 });
  metrics.countEvent({ kind: 'certificate-differs', volumeId, pod, issuer, serial: '01', differences: DIFFERENCES });
  metrics.countEvent({ kind: 'watch-opened', resource: 'pods', resourceVersion: '1' });
  const failure = { code: 'issuer-unavailable', message: '' } as const;
  metrics.countEvent({ kind: 'watch-lost', resource: 'pods', failure, retryAt: renewAt });
  metrics.countCall('NodePublishVolume', 'OK', 1_500);
  metrics.countApiCall({ method: 'POST', host: '10.96.0.1', status: 201 });
  metrics.countApiCall({ method: 'GET', host: '10.96.0.1', status: undefined });
  metrics.noteRegistration(true);
  return metrics;
}
