// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill before it loads.
import 'reflect-metadata';
import { KeyObject } from 'node:crypto';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** What a server of a test on 127.0.0.1 shows, and clients trust. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** @returns a certificate for 127.0.0.1, signed by its own key, valid for a day around now. */
export async function makeTlsIdentity(): Promise<TlsIdentity> {
  const keys = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const dayMs = 86_400_000;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=127.0.0.1',
    keys,
    signingAlgorithm: CURVE,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { cert: certificate.toString('pem'), key: String(key) };
}
