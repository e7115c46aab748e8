// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill before it loads.
import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** @returns a CertificateRequest with a key of its own, in the namespace `default`, as JSON. */
export async function makeCertificateRequest(name: string, issuerName: string): Promise<string> {
  const keys = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({ name: `CN=${name}`, keys, signingAlgorithm: CURVE });
  return JSON.stringify({
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name, namespace: 'default' },
    spec: { request: Buffer.from(csr.toString('pem')).toString('base64'), issuerRef: { name: issuerName } },
  });
}
