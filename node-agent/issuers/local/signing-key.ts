import { createPublicKey, createPrivateKey, type KeyObject } from 'node:crypto';

/** A private key as `@peculiar/x509` signs with it. */
export interface SigningKey {
  readonly keys: CryptoKeyPair;
  readonly algorithm: EcdsaParams;
}

/** The hash that goes with each curve (RFC 5480 section 4). */
const CURVES: ReadonlyMap<string | undefined, { readonly namedCurve: string; readonly hash: string }> = new Map([
  ['prime256v1', { namedCurve: 'P-256', hash: 'SHA-256' }],
  ['secp384r1', { namedCurve: 'P-384', hash: 'SHA-384' }],
  ['secp521r1', { namedCurve: 'P-521', hash: 'SHA-512' }],
]);

/** @returns undefined for a key that is none of RSA, ECDSA over P-256, P-384 or P-521, and Ed25519. */
export function importSigningKey(keyPem: string): SigningKey | undefined {
  const privateKey = createPrivateKey(keyPem);
  const imported = importAlgorithm(privateKey);
  if (imported === undefined) return undefined;
  const publicKey = createPublicKey(keyPem);
  const keys = {
    privateKey: privateKey.toCryptoKey(imported, true, ['sign']),
    publicKey: publicKey.toCryptoKey(imported, true, ['verify']),
    // Node's own type of the same class names a few usages more than the DOM's.
  } as CryptoKeyPair;
  return { keys, algorithm: { name: imported.name, hash: imported.hash } };
}

function importAlgorithm(key: KeyObject): { readonly name: string; readonly hash: string; readonly namedCurve?: string } | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    case 'ec': {
      const curve = CURVES.get(key.asymmetricKeyDetails?.namedCurve);
      return curve === undefined ? undefined : { name: 'ECDSA', ...curve };
    }
    case 'ed25519':
      // Ed25519 hashes by itself (RFC 8410); the name is for the library's type only.
      return { name: 'Ed25519', hash: 'SHA-512' };
    default:
      return undefined;
  }
}
