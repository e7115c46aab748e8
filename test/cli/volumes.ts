import type { VolumeAnswer } from '../../driver/admin/answers.ts';

const HOUR_MS = 3_600_000;

/** An instant so many hours from now. */
export function inHours(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

/** A volume `tls` of a pod that has a certificate of an hour, and whatever is given instead. */
export function volumeOf(namespace: string, pod: string, change: Partial<VolumeAnswer> = {}): VolumeAnswer {
  return {
    volumeId: `csi-${namespace}-${pod}`,
    volume: 'tls',
    state: 'mounted',
    health: { kind: 'healthy', message: 'The certificate is renewed in time' },
    pod: { namespace, name: pod, uid: `uid-${namespace}-${pod}`, serviceAccount: 'default' },
    issuer: { name: 'internal-ca', kind: 'Issuer', group: 'cert-manager.io' },
    names: [`DNS:${pod}`, 'IP:10.0.0.1'],
    receivedAt: inHours(-1),
    notAfterAt: inHours(23.5),
    renewAt: inHours(15.5),
    generation: 3,
    targetPath: `/var/lib/kubelet/pods/uid-${namespace}-${pod}/volumes/kubernetes.io~csi/tls/mount`,
    files: [{ name: 'tls.key', sizeBytes: 241, mode: '0440' }],
    chain: [
      {
        subject: `CN=${pod}`,
        issuer: 'CN=Internal CA',
        serial: '0a1b2c',
        names: [`DNS:${pod}`],
        notBeforeAt: '2026-03-01T10:00:00.000Z',
        notAfterAt: inHours(23.5),
        key: 'ECDSA P-256',
        fingerprint: 'ab'.repeat(32),
      },
    ],
    history: [{ at: '2026-03-01T10:00:00.000Z', kind: 'renewed', message: 'Certificate renewed', isTrouble: false }],
    ...change,
  };
}
