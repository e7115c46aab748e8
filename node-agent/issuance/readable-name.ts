import { X509Certificate } from 'node:crypto';
import { encode, encodeInteger, encodeObjectIdentifier, TAG } from '../der.ts';

const ED25519 = encode(TAG.sequence, encodeObjectIdentifier('1.3.101.112'));
const UTC_TIME = 0x17;

/**
 * Whether OpenSSL reads a certificate with this name (RFC 5280 section 4.1.2.4): of the values that ASN.1 allows it takes some types of
 * strings, and sequences. What it does not take, the check of an issued certificate cannot read, and most programs of pods cannot either.
 */
export function isReadableName(name: Uint8Array): boolean {
  const at = encode(UTC_TIME, Buffer.from('260101000000Z'));
  const key = encode(TAG.sequence, ED25519, encode(TAG.bitString, Buffer.alloc(33)));
  const nobodys = encode(TAG.sequence);
  const toBeSigned = encode(TAG.sequence, encodeInteger(1), ED25519, nobodys, encode(TAG.sequence, at, at), name, key);
  try {
    return new X509Certificate(encode(TAG.sequence, toBeSigned, ED25519, encode(TAG.bitString, Buffer.alloc(65)))).subject !== null;
  } catch {
    return false;
  }
}
