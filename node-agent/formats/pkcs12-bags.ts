import { encode, encodeObjectIdentifier, encodeSet, TAG } from '../der.ts';
import type { Encrypted } from './pkcs12-encryption.ts';

/** The tag of a field `[0] EXPLICIT`. */
export const EXPLICIT_0 = 0xa0;

/** A bag's attribute: a dotted OID, and its one value in DER. */
export interface BagAttribute {
  readonly oid: string;
  readonly value: Buffer;
}

/** What a key and its certificate have in common, by which they are found to belong together (RFC 2985 section 5.5.2). */
export function localKeyId(id: Uint8Array): BagAttribute {
  return { oid: '1.2.840.113549.1.9.21', value: encode(TAG.octetString, id) };
}

/** Java trusts only certificates that have this attribute of Oracle's; its value is what they are trusted for: any usage. */
export const TRUSTED_BY_JAVA: BagAttribute = { oid: '2.16.840.1.113894.746875.1.1', value: encodeObjectIdentifier('2.5.29.37.0') };

/** A CertBag (RFC 7292 section 4.2.3). */
export function certificateBag(certificate: Uint8Array, attributes: readonly BagAttribute[]): Buffer {
  const value = encode(EXPLICIT_0, encode(TAG.octetString, certificate));
  const x509 = encode(TAG.sequence, encodeObjectIdentifier('1.2.840.113549.1.9.22.1'), value);
  return bag('1.2.840.113549.1.12.10.1.3', x509, attributes);
}

/** A PKCS8ShroudedKeyBag (RFC 7292 section 4.2.2). */
export function keyBag({ algorithm, ciphertext }: Encrypted, attributes: readonly BagAttribute[]): Buffer {
  return bag('1.2.840.113549.1.12.10.1.2', encode(TAG.sequence, algorithm, encode(TAG.octetString, ciphertext)), attributes);
}

/** A SafeBag. */
function bag(oid: string, value: Buffer, attributes: readonly BagAttribute[]): Buffer {
  const encoded = attributes.map((each) => encode(TAG.sequence, encodeObjectIdentifier(each.oid), encodeSet([each.value])));
  const set = encoded.length === 0 ? [] : [encodeSet(encoded)];
  return encode(TAG.sequence, encodeObjectIdentifier(oid), encode(EXPLICIT_0, value), ...set);
}
