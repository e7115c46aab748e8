import type { VolumeStatus } from '../../node-agent/ports.ts';
import type { Family, Labels, Sample } from './exposition.ts';
import { familyOf, METRICS, type MetricName } from './metric-table.ts';

/** Gauges of the volumes as they are now: a volume's series end with it. */
export function describeVolumes(volumes: Iterable<VolumeStatus>): Family[] {
  const all = [...volumes];
  const named = nameVolumes(all);
  const each = (name: MetricName, value: (volume: VolumeStatus) => number | undefined) => familyOf(name, sample(named, value));
  return [
    familyOf(
      'podcert_volumes',
      count(all, 'state', METRICS.podcert_volumes.labels.state, ({ state }) => state),
    ),
    familyOf('podcert_abnormal_volumes', count(all, 'reason', METRICS.podcert_abnormal_volumes.labels.reason, reasonOf)),
    each('podcert_certificate_not_after_timestamp_seconds', ({ notAfterAt }) => instant(notAfterAt)),
    each('podcert_certificate_received_timestamp_seconds', ({ receivedAt }) => instant(receivedAt)),
    each('podcert_certificate_renew_timestamp_seconds', ({ renewAt }) => instant(renewAt)),
    each('podcert_certificate_last_renewal_success', lastSuccess),
    each('podcert_file_set_generation', ({ generation }) => generation),
  ];
}

/** The volumes whose pod is known, by their labels; two series must not have the same. */
function nameVolumes(all: readonly VolumeStatus[]): ReadonlyMap<string, { readonly volume: VolumeStatus; readonly labels: Labels }> {
  return new Map(
    all.flatMap((volume) => {
      const { pod, issuer, targetPath } = volume;
      if (pod === undefined || issuer === undefined) return [];
      const labels = {
        pod_namespace: pod.namespace,
        pod_name: pod.name,
        volume: volumeName(targetPath),
        issuer_name: issuer.name,
        issuer_kind: issuer.kind,
        issuer_group: issuer.group,
      };
      // The last one is left: a pod has its volume's name once, so that another volume of the name is that of a pod which the same name had before.
      return [[JSON.stringify(labels), { volume, labels }]] as const;
    }),
  );
}

/** As the pod's spec has it, which is in kubelet's target paths alone: `…/volumes/kubernetes.io~csi/<name>/mount`. */
export function volumeName(targetPath: string): string {
  const [last = '', beforeLast = ''] = targetPath.split('/').toReversed();
  return last === 'mount' && beforeLast !== '' ? beforeLast : last;
}

function sample(named: ReturnType<typeof nameVolumes>, valueOf: (volume: VolumeStatus) => number | undefined): Sample[] {
  return [...named.values()].flatMap(({ volume, labels }) => {
    const value = valueOf(volume);
    return value === undefined ? [] : [{ labels, value }];
  });
}

function count(
  volumes: readonly VolumeStatus[],
  label: string,
  values: readonly string[],
  of: (volume: VolumeStatus) => string | undefined,
): Sample[] {
  return values.map((value) => ({ labels: { [label]: value }, value: volumes.filter((volume) => of(volume) === value).length }));
}

function reasonOf({ health }: VolumeStatus): string | undefined {
  return health.kind === 'healthy' ? undefined : health.reason;
}

function lastSuccess({ failing, notAfterAt }: VolumeStatus): number | undefined {
  if (failing !== undefined) return 0;
  return notAfterAt === undefined ? undefined : 1;
}

function instant(at: Date | undefined): number | undefined {
  return at === undefined ? undefined : at.getTime() / 1_000;
}
