import { createPrivateKey, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeySpec } from '../wanted.ts';

const generate = promisify(generateKeyPair);

/** OpenSSL's names of the curves. */
const CURVE_NAMES = { 256: 'prime256v1', 384: 'secp384r1', 521: 'secp521r1' } as const;

/** The one for which OpenSSL has code of its own. */
const QUICK_CURVE = 'prime256v1';

/**
 * Makes a key: one that is quick at once, since handing it over to another thread would take longer, the others in libuv's thread pool,
 * 0.1 s for RSA 2048, many seconds for RSA 8192, one or two milliseconds for P-384 and P-521.
 */
export async function generatePrivateKey(spec: KeySpec): Promise<KeyObject> {
  switch (spec.algorithm) {
    case 'RSA':
      return (await generate('rsa', { modulusLength: spec.bits })).privateKey;
    case 'ECDSA': {
      const options = { namedCurve: CURVE_NAMES[spec.bits] };
      return (isQuick(spec) ? generateKeyPairSync('ec', options) : await generate('ec', options)).privateKey;
    }
    case 'Ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    default:
      return spec satisfies never;
  }
}

/** Whether such a key is made, and signs, in less than a tenth of a millisecond. */
export function isQuick(spec: KeySpec): boolean {
  return spec.algorithm === 'Ed25519' || (spec.algorithm === 'ECDSA' && CURVE_NAMES[spec.bits] === QUICK_CURVE);
}

/** The same of a key that is there. */
export function isQuickKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === 'ed25519' || asymmetricKeyDetails?.namedCurve === QUICK_CURVE;
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
