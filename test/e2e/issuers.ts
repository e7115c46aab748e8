import { apply, kubectl } from './cluster-access.ts';

const CERT_MANAGER = 'cert-manager.io/v1';

/** Makes a self-signed issuer `root`, a CA's certificate from it in the Secret `ca`, and the issuer `ca` that signs with that; all are Ready then. */
export async function createAuthority(namespace: string): Promise<void> {
  await apply(
    { apiVersion: CERT_MANAGER, kind: 'Issuer', metadata: { name: 'root', namespace }, spec: { selfSigned: {} } },
    {
      apiVersion: CERT_MANAGER,
      kind: 'Certificate',
      metadata: { name: 'ca', namespace },
      spec: {
        isCA: true,
        commonName: `CA of ${namespace}`,
        secretName: 'ca',
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        issuerRef: { name: 'root', kind: 'Issuer', group: 'cert-manager.io' },
      },
    },
    caIssuer('Issuer', { name: 'ca', namespace }, 'ca'),
  );
  await waitUntilIssuerIsReady('certificate/ca', namespace);
  await waitUntilIssuerIsReady('issuer/ca', namespace);
}

/** An issuer that signs with the CA in a Secret. A ClusterIssuer's Secret lies in cert-manager's cluster resource namespace. */
export function caIssuer(kind: 'Issuer' | 'ClusterIssuer', metadata: object, secretName: string): object {
  return { apiVersion: CERT_MANAGER, kind, metadata, spec: { ca: { secretName } } };
}

/** Waits for the condition Ready of an issuer or of a Certificate, such as `issuer/ca`. @throws {ClusterFailure} after 60 s. */
export async function waitUntilIssuerIsReady(what: string, namespace?: string): Promise<void> {
  const place = namespace === undefined ? [] : [`--namespace=${namespace}`];
  await kubectl(['wait', '--for=condition=Ready', what, ...place, '--timeout=60s']);
}
