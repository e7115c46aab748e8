import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeySpec } from '../wanted.ts';

const generate = promisify(generateKeyPair);

/** OpenSSL's names of the curves. */
const CURVE_NAMES = { 256: 'prime256v1', 384: 'secp384r1', 521: 'secp521r1' } as const;

/** Makes a key in libuv's thread pool: 0.1 s for RSA 2048, many seconds for RSA 8192, a millisecond for the others. */
export async function generatePrivateKey(spec: KeySpec): Promise<KeyObject> {
  switch (spec.algorithm) {
    case 'RSA':
      return (await generate('rsa', { modulusLength: spec.bits })).privateKey;
    case 'ECDSA':
      return (await generate('ec', { namedCurve: CURVE_NAMES[spec.bits] })).privateKey;
    case 'Ed25519':
      return (await generate('ed25519', {})).privateKey;
    default:
      return spec satisfies never;
  }
}

/** The key in PEM: PKCS#1 (RFC 8017 appendix A.1.2) or PKCS#8 (RFC 5958), as `spec` says. */
export function encodePrivateKey(key: KeyObject, spec: KeySpec): string {
  return key.export({ type: spec.encoding === 'PKCS1' ? 'pkcs1' : 'pkcs8', format: 'pem' }) as string;
}

/** A stored key; undefined where it cannot be read, or where its type or size is not that of `spec`. */
export function reuseKey(keyPem: string, spec: KeySpec): KeyObject | undefined {
  let key;
  try {
    key = createPrivateKey(keyPem);
  } catch {
    return undefined;
  }
  return fits(key, spec) ? key : undefined;
}

function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, spec: KeySpec): boolean {
  switch (spec.algorithm) {
    case 'RSA':
      return asymmetricKeyType === 'rsa' && asymmetricKeyDetails?.modulusLength === spec.bits;
    case 'ECDSA':
      return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === CURVE_NAMES[spec.bits];
    case 'Ed25519':
      return asymmetricKeyType === 'ed25519';
    default:
      return spec satisfies never;
  }
}
