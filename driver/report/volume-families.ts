import type { Health, HealthReason, VolumeStatus } from '../../node-agent/ports.ts';
import type { Family, Labels, Sample } from './exposition.ts';

const STATES = Object.keys({ issuing: true, mounted: true, broken: true, leaving: true } satisfies Record<VolumeStatus['state'], true>);

const REASONS = Object.keys({
  CertificateExpired: true,
  CertificatePending: true,
  RenewalFailing: true,
  RenewalPending: true,
  RequestDenied: true,
  StateUnusable: true,
} satisfies Record<HealthReason, true>);

/** Gauges of the volumes as they are now: a volume's series end with it. */
export function describeVolumes(volumes: Iterable<VolumeStatus>): Family[] {
  const all = [...volumes];
  return [
    {
      name: 'podcert_volumes',
      type: 'gauge',
      help: 'Volumes on this node by state.',
      samples: STATES.map((state) => ({ labels: { state }, value: all.filter((volume) => volume.state === state).length })),
    },
    {
      name: 'podcert_abnormal_volumes',
      type: 'gauge',
      help: 'Volumes on this node that are not healthy, by what is wrong with them.',
      samples: REASONS.map((reason) => ({ labels: { reason }, value: all.filter(({ health }) => isFor(health, reason)).length })),
    },
    {
      name: 'podcert_certificate_not_after_timestamp_seconds',
      type: 'gauge',
      help: 'When the certificate in the volume expires, in Unix time.',
      samples: all.flatMap((volume) => instant(volume, volume.notAfterAt)),
    },
    {
      name: 'podcert_certificate_renew_timestamp_seconds',
      type: 'gauge',
      help: 'When the certificate in the volume will be renewed, in Unix time.',
      samples: all.flatMap((volume) => instant(volume, volume.renewAt)),
    },
  ];
}

function isFor(health: Health, reason: string): boolean {
  return health.kind !== 'healthy' && health.reason === reason;
}

function instant(volume: VolumeStatus, at: Date | undefined): Sample[] {
  return at === undefined ? [] : [{ labels: labelsOf(volume), value: at.getTime() / 1000 }];
}

/** With the volume id: a pod may have two volumes of one issuer, and two series must not have the same labels. */
function labelsOf({ volumeId, pod, issuer }: VolumeStatus): Labels {
  return {
    volume_id: volumeId,
    pod_namespace: pod?.namespace ?? '',
    pod_name: pod?.name ?? '',
    issuer_name: issuer?.name ?? '',
    issuer_kind: issuer?.kind ?? '',
    issuer_group: issuer?.group ?? '',
  };
}
