import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Contents, KeystoreProfile } from '../contents.ts';
import { encode, encodeInteger, encodeObjectIdentifier, TAG } from '../der.ts';
import { certificatesOf, trustedCertificates } from './certificates.ts';
import { certificateDer, keyDer } from './der-files.ts';
import { certificateBag, EXPLICIT_0, keyBag, localKeyId, TRUSTED_BY_JAVA } from './pkcs12-bags.ts';
import { algorithmOf, type Encrypt, encryptLegacy, encryptModern, ITERATIONS } from './pkcs12-encryption.ts';
import { deriveKey, type HashName, PURPOSE } from './pkcs12-kdf.ts';

/** How a keystore is locked. */
export interface Lock {
  readonly password: string;
  readonly profile: KeystoreProfile;
}

interface Profile {
  readonly encrypt: Encrypt;
  readonly macHash: HashName;
  readonly macHashOid: string;
}

const PROFILES: Readonly<Record<KeystoreProfile, Profile>> = {
  Modern: { encrypt: encryptModern, macHash: 'sha256', macHashOid: '2.16.840.1.101.3.4.2.1' },
  Legacy: { encrypt: encryptLegacy, macHash: 'sha1', macHashOid: '1.3.14.3.2.26' },
};

const MAC_BYTES: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32 };

/** The tag of a field `[0] IMPLICIT OCTET STRING`. */
const IMPLICIT_0 = 0x80;

/** PKCS #12 of key, leaf and chain; no CA, and no name, so that Java calls the entry "1". */
export async function keystore(contents: Contents, lock: Lock): Promise<Uint8Array> {
  const [, ...chain] = certificatesOf(contents.chainPem);
  const leaf = certificateDer(contents);
  const own = [localKeyId(createHash('sha1').update(leaf).digest())];
  const key = keyBag(await PROFILES[lock.profile].encrypt(lock.password, keyDer(contents)), own);
  const certificates = [certificateBag(leaf, own), ...chain.map((der) => certificateBag(der, []))];
  return seal([await encryptedSafe(certificates, lock), dataContent(encode(TAG.sequence, key))], lock);
}

/** PKCS #12 of the CA that programs are to trust; without an entry where there is none. */
export async function truststore(contents: Contents, lock: Lock): Promise<Uint8Array> {
  const certificates = trustedCertificates(contents).map((der) => certificateBag(der, [TRUSTED_BY_JAVA]));
  return seal(certificates.length === 0 ? [] : [await encryptedSafe(certificates, lock)], lock);
}

/** A ContentInfo of the bags, encrypted (RFC 7292 section 4.1, RFC 5652 section 8). */
async function encryptedSafe(bags: readonly Buffer[], { password, profile }: Lock): Promise<Buffer> {
  const { algorithm, ciphertext } = await PROFILES[profile].encrypt(password, encode(TAG.sequence, ...bags));
  const content = encode(TAG.sequence, DATA, algorithm, encode(IMPLICIT_0, ciphertext));
  const encryptedData = encode(TAG.sequence, encodeInteger(0), content);
  return encode(TAG.sequence, encodeObjectIdentifier('1.2.840.113549.1.7.6'), encode(EXPLICIT_0, encryptedData));
}

const DATA = encodeObjectIdentifier('1.2.840.113549.1.7.1');

/** A ContentInfo of plain octets. */
function dataContent(octets: Buffer): Buffer {
  return encode(TAG.sequence, DATA, encode(EXPLICIT_0, encode(TAG.octetString, octets)));
}

/** The PFX of the safes, with a MAC over them (RFC 7292 section 4). */
function seal(safes: readonly Buffer[], { password, profile }: Lock): Buffer {
  const { macHash, macHashOid } = PROFILES[profile];
  const content = encode(TAG.sequence, ...safes);
  const salt = randomBytes(16);
  const derivation = { hash: macHash, purpose: PURPOSE.mac, password, salt, iterations: ITERATIONS, sizeBytes: MAC_BYTES[macHash] };
  const mac = createHmac(macHash, deriveKey(derivation)).update(content).digest();
  const digest = encode(TAG.sequence, algorithmOf(macHashOid, encode(TAG.null)), encode(TAG.octetString, mac));
  const macData = encode(TAG.sequence, digest, encode(TAG.octetString, salt), encodeInteger(ITERATIONS));
  return encode(TAG.sequence, encodeInteger(3), dataContent(content), macData);
}
