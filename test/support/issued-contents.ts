import type { Contents } from '../../node-agent/contents.ts';
import { encodePrivateKey, generatePrivateKey } from '../../node-agent/issuance/private-key.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import type { KeySpec } from '../../node-agent/wanted.ts';
import { accepted } from '../spec/publish-request.ts';
import { createCertificateAuthority } from './certificate-authority.ts';

/** Keys as pods ask for them, by a short name. */
export const KEYS = {
  'RSA in PKCS#1': { algorithm: 'RSA', bits: 2048, encoding: 'PKCS1' },
  'RSA in PKCS#8': { algorithm: 'RSA', bits: 2048, encoding: 'PKCS8' },
  'ECDSA P-256': { algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' },
  'ECDSA P-521': { algorithm: 'ECDSA', bits: 521, encoding: 'PKCS8' },
  Ed25519: { algorithm: 'Ed25519', encoding: 'PKCS8' },
} as const satisfies Record<string, KeySpec>;

/** A key and a certificate for `localhost` by a CA with an intermediate, valid for an hour: what files are rendered from. */
export async function issuedContents(key: KeySpec = KEYS['ECDSA P-256']): Promise<Contents> {
  const authority = await createCertificateAuthority({ intermediate: true });
  const privateKey = await generatePrivateKey(key);
  const { wanted } = accepted({ 'common-name': 'localhost', 'dns-names': 'localhost' });
  const { chainPem, caPem } = await authority.sign(await buildRequest(privateKey, wanted));
  return { keyPem: encodePrivateKey(privateKey, key), chainPem, issuerCaPem: caPem };
}
