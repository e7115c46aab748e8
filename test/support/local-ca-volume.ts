import type { InlineVolume } from '../../demo/kubelet.ts';

/** A volume of a pod of its own, with an ECDSA key, a certificate of the local CA and a keystore. `duration` is a Go duration. */
export function localCaVolume(pod: string, duration: string): InlineVolume {
  const attributes = {
    'issuer-name': 'ca',
    'issuer-kind': 'LocalCA',
    'issuer-group': 'podcert.io',
    'key-algorithm': 'ECDSA',
    'dns-names': '$POD_NAME.example',
    'pkcs12-enable': 'true',
    'pkcs12-password': 'changeit',
    duration,
  };
  return {
    pod: { namespace: 'default', name: pod, uid: `uid-of-${pod}`, serviceAccount: 'default' },
    name: 'tls',
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`csi.cert-manager.io/${name}`, value])),
  };
}
