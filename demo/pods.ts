import { randomUUID } from 'node:crypto';
import type { InlineVolume } from './kubelet.ts';

/** What both pods' specs say alike: variables are the driver's to fill in, so that the names follow the service account. */
const ATTRIBUTES = {
  'csi.cert-manager.io/issuer-group': 'podcert.io',
  'csi.cert-manager.io/issuer-kind': 'LocalCA',
  'csi.cert-manager.io/issuer-name': 'demo',
  'csi.cert-manager.io/key-algorithm': 'ECDSA',
  'csi.cert-manager.io/dns-names': '${SERVICE_ACCOUNT_NAME}.${POD_NAMESPACE}.svc',
  'csi.cert-manager.io/uri-sans': 'spiffe://cluster.local/ns/${POD_NAMESPACE}/sa/${SERVICE_ACCOUNT_NAME}',
  // Renewed after nine to ten seconds: time enough to kill and restart the driver in between, and two renewals in half a minute.
  'csi.cert-manager.io/duration': '27s',
  'csi.cert-manager.io/renew-before': '17s',
};

/** A pod of the demo with its one volume. */
export interface Pod {
  readonly volume: InlineVolume;
  /** The purpose its certificate is for, as `openssl verify -purpose` names it. */
  readonly purpose: 'sslserver' | 'sslclient';
  readonly dnsName: string;
  readonly uri: string;
}

export const web = pod('web', 'server auth', 'sslserver');
export const client = pod('client', 'client auth', 'sslclient');

function pod(name: string, usage: string, purpose: Pod['purpose']): Pod {
  return {
    volume: {
      pod: { namespace: 'demo', name: `${name}-0`, uid: randomUUID(), serviceAccount: name },
      name: 'tls',
      attributes: { ...ATTRIBUTES, 'csi.cert-manager.io/key-usages': `digital signature,${usage}` },
    },
    purpose,
    dnsName: `${name}.demo.svc`,
    uri: `spiffe://cluster.local/ns/demo/sa/${name}`,
  };
}
