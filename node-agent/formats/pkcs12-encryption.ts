import { createCipheriv, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { encode, encodeInteger, encodeObjectIdentifier, TAG } from '../der.ts';
import { deriveKey, PURPOSE } from './pkcs12-kdf.ts';

/** A ciphertext and the AlgorithmIdentifier that says how it was made. */
export interface Encrypted {
  readonly algorithm: Buffer;
  readonly ciphertext: Buffer;
}

/** Encrypts by a password, each time with a new salt. */
export type Encrypt = (password: string, plain: Uint8Array) => Promise<Encrypted>;

/** As many as OpenSSL takes. More would protect nothing: who can read the keystore can read the key beside it. */
export const ITERATIONS = 2_048;

const pbkdf2Async = promisify(pbkdf2);

/** PBES2 with AES-256-CBC by a key from PBKDF2 with HMAC-SHA-256 (RFC 8018 section 6.2). */
export const encryptModern: Encrypt = async (password, plain) => {
  const [salt, initialVector] = [randomBytes(16), randomBytes(16)];
  const key = await pbkdf2Async(password, salt, ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, initialVector);
  const hmacWithSha256 = algorithmOf('1.2.840.113549.2.9', encode(TAG.null));
  const derivation = encode(TAG.sequence, encode(TAG.octetString, salt), encodeInteger(ITERATIONS), hmacWithSha256);
  const parameters = encode(
    TAG.sequence,
    algorithmOf('1.2.840.113549.1.5.12', derivation),
    algorithmOf('2.16.840.1.101.3.4.1.42', encode(TAG.octetString, initialVector)),
  );
  return {
    algorithm: algorithmOf('1.2.840.113549.1.5.13', parameters),
    ciphertext: Buffer.concat([cipher.update(plain), cipher.final()]),
  };
};

/** pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendix C), which programs read that are older than PBES2 in keystores. */
export const encryptLegacy: Encrypt = async (password, plain) => {
  const salt = randomBytes(8);
  const derivation = { hash: 'sha1', password, salt, iterations: ITERATIONS } as const;
  const key = deriveKey({ ...derivation, purpose: PURPOSE.key, sizeBytes: 24 });
  const cipher = createCipheriv('des-ede3-cbc', key, deriveKey({ ...derivation, purpose: PURPOSE.initialVector, sizeBytes: 8 }));
  const parameters = encode(TAG.sequence, encode(TAG.octetString, salt), encodeInteger(ITERATIONS));
  return {
    algorithm: algorithmOf('1.2.840.113549.1.12.1.3', parameters),
    ciphertext: Buffer.concat([cipher.update(plain), cipher.final()]),
  };
};

/** An AlgorithmIdentifier (RFC 5280 section 4.1.1.2). */
export function algorithmOf(dotted: string, parameters: Uint8Array): Buffer {
  return encode(TAG.sequence, encodeObjectIdentifier(dotted), parameters);
}
