/** What a pod asks for, parsed: plain types that spec, issuance and issuers share. */

/** The pod a volume belongs to, from kubelet's own keys of the volume context. */
export interface PodReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly serviceAccount: string;
}

/** The issuer a pod names, as in cert-manager.io/v1 `issuerRef`; group and kind may be those of an external issuer. */
export interface IssuerReference {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
}

/** The private key a volume wants: RSA of 2048 to 8192 bits, ECDSA over P-256, P-384 or P-521, or Ed25519, and how it is encoded (PKCS#1: RFC 8017, PKCS#8: RFC 5958). */
export type KeySpec =
  | { readonly algorithm: 'RSA'; readonly bits: number; readonly encoding: 'PKCS1' | 'PKCS8' }
  | { readonly algorithm: 'ECDSA'; readonly bits: 256 | 384 | 521; readonly encoding: 'PKCS8' }
  | { readonly algorithm: 'Ed25519'; readonly encoding: 'PKCS8' };

/** One attribute of a distinguished name (RFC 5280 section 4.1.2.4): a dotted OID and its text, or a BER value as given (`#hex` of RFC 4514). */
export interface NameAttribute {
  readonly oid: string;
  readonly value: { readonly kind: 'text'; readonly text: string } | { readonly kind: 'ber'; readonly bytes: Uint8Array };
}

/** The types whose syntax is IA5String, so that their text is ASCII: domainComponent (RFC 4519 section 2.4) and emailAddress (RFC 2985 section 5.2.1). */
export const IA5_TYPES: ReadonlySet<string> = new Set(['0.9.2342.19200300.100.1.25', '1.2.840.113549.1.9.1']);

/** A relative distinguished name; more than one attribute makes it multi-valued. */
export type RelativeName = readonly NameAttribute[];

/** cert-manager's names of key usages and extended key usages (cert-manager.io/v1 `KeyUsage`). */
export const KEY_USAGES = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
] as const;

/** One of {@link KEY_USAGES}. */
export type KeyUsage = (typeof KEY_USAGES)[number];

/** The certificate a volume wants. */
export interface Wanted {
  /** RDNs in the order in which they are encoded. */
  readonly subject: readonly RelativeName[];
  readonly dnsNames: readonly string[];
  /** IPv4 dotted, IPv6 in its canonical form (RFC 5952), an IPv4-mapped address as the IPv4 one. */
  readonly ipAddresses: readonly string[];
  /** Absolute, percent-encoded, scheme in lower case. */
  readonly uris: readonly string[];
  readonly durationMs: number;
  readonly isCa: boolean;
  readonly usages: readonly KeyUsage[];
}

/** What an issuer may refuse beforehand; a part is missing where what was asked for could not be understood. */
export type AskedOfIssuer = Partial<Pick<Wanted, 'isCa' | 'usages'>>;

/** How strictly the certificate that comes back is held against the request. */
export type Verification = 'strict' | 'covers' | 'key';
