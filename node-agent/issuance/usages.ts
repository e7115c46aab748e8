import type { KeyUsage } from '../wanted.ts';

/** What a usage is in a certificate: a bit of KeyUsage (RFC 5280 section 4.2.1.3) or a purpose, as dotted OID, of ExtKeyUsage (section 4.2.1.12). */
export type UsageMeaning = { readonly kind: 'bit'; readonly bit: number } | { readonly kind: 'purpose'; readonly oid: string };

/** anyExtendedKeyUsage (RFC 5280 section 4.2.1.12). */
export const ANY_PURPOSE = '2.5.29.37.0';

/** The bit keyCertSign (RFC 5280 section 4.2.1.3). */
export const CERT_SIGN_BIT = 5;

/** cert-manager's names, as its issuers translate them: two of them are second names of a bit or a purpose. */
const MEANINGS: Readonly<Record<KeyUsage, UsageMeaning>> = {
  signing: { kind: 'bit', bit: 0 },
  'digital signature': { kind: 'bit', bit: 0 },
  'content commitment': { kind: 'bit', bit: 1 },
  'key encipherment': { kind: 'bit', bit: 2 },
  'data encipherment': { kind: 'bit', bit: 3 },
  'key agreement': { kind: 'bit', bit: 4 },
  'cert sign': { kind: 'bit', bit: CERT_SIGN_BIT },
  'crl sign': { kind: 'bit', bit: 6 },
  'encipher only': { kind: 'bit', bit: 7 },
  'decipher only': { kind: 'bit', bit: 8 },
  any: { kind: 'purpose', oid: ANY_PURPOSE },
  'server auth': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.1' },
  'client auth': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.2' },
  'code signing': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.3' },
  'email protection': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.4' },
  's/mime': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.4' },
  'ipsec end system': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.5' },
  'ipsec tunnel': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.6' },
  'ipsec user': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.7' },
  timestamping: { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.8' },
  'ocsp signing': { kind: 'purpose', oid: '1.3.6.1.5.5.7.3.9' },
  'microsoft sgc': { kind: 'purpose', oid: '1.3.6.1.4.1.311.10.3.3' },
  'netscape sgc': { kind: 'purpose', oid: '2.16.840.1.113730.4.1' },
};

/** How a certificate says the usage, by a bit or by a purpose. */
export function usageMeaning(usage: KeyUsage): UsageMeaning {
  return MEANINGS[usage];
}
