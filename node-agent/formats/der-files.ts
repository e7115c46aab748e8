import { createPrivateKey } from 'node:crypto';
import type { Contents } from '../contents.ts';
import { certificatesOf } from './certificates.ts';

/** The certificate alone, in DER. */
export function certificateDer({ chainPem }: Contents): Uint8Array {
  const [leaf] = certificatesOf(chainPem);
  if (leaf === undefined) throw new Error('A chain that was checked has no certificate');
  return leaf;
}

/** The key in DER, always as PKCS#8 (RFC 5958): without a label nobody could tell it from another form. */
export function keyDer({ keyPem }: Contents): Uint8Array {
  return createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
}
