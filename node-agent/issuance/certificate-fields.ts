import type { X509Certificate } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { decode, decodeAll, TAG, type Element } from '../der.ts';

/** What node:crypto does not tell, or not unambiguously, of a certificate (RFC 5280 sections 4.1 and 4.2). */
export interface CertificateFields {
  /** The Name, DER. */
  readonly subject: Buffer;
  /** The GeneralNames of the subject; empty without the extension. */
  readonly alternativeNames: readonly Element[];
  /** The cA field of basicConstraints, whatever the key usage says. */
  readonly isCa: boolean;
  readonly pathLength?: number;
  /** The bits of KeyUsage; absent without the extension, which then restricts nothing. */
  readonly usageBits?: ReadonlySet<number>;
  /** The purposes of ExtKeyUsage, each as the hexadecimal DER of its object identifier; absent without the extension, which then restricts nothing. */
  readonly purposes?: ReadonlySet<string>;
  readonly subjectKeyIdentifier?: Buffer;
}

/** The contents octets of the extensions' object identifiers, in hexadecimal: 2.5.29.x. */
const SUBJECT_KEY_IDENTIFIER = '551d0e';
const KEY_USAGE = '551d0f';
const SUBJECT_ALTERNATIVE_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const EXTENDED_KEY_USAGE = '551d25';

const EXTENSIONS_TAG = 0xa3;
const VERSION_TAG = 0xa0;

/**
 * Reads what OpenSSL, and so node:crypto, leaves unread until somebody asks for it.
 * @throws {AgentError} `certificate-refused` where an extension is malformed or there twice (RFC 5280 section 4.2).
 */
export function readFields(certificate: X509Certificate): CertificateFields {
  const [toBeSigned] = decodeAll(decode(certificate.raw).content);
  const fields = decodeAll(toBeSigned?.content ?? Buffer.alloc(0)).filter(({ tag }) => tag !== VERSION_TAG);
  // serialNumber, signature, issuer, validity, subject.
  const subject = fields[4];
  if (subject === undefined) throw malformed('it has no subject field');
  const extensions = readExtensions(fields.find(({ tag }) => tag === EXTENSIONS_TAG));
  const usage = extensions.get(KEY_USAGE);
  const purposes = extensions.get(EXTENDED_KEY_USAGE);
  const identifier = extensions.get(SUBJECT_KEY_IDENTIFIER);
  return {
    subject: subject.raw,
    alternativeNames: sequence(extensions.get(SUBJECT_ALTERNATIVE_NAME), 'subjectAltName'),
    ...readBasicConstraints(sequence(extensions.get(BASIC_CONSTRAINTS), 'basicConstraints')),
    ...(usage === undefined ? {} : { usageBits: readBits(usage) }),
    ...(purposes === undefined ? {} : { purposes: new Set(sequence(purposes, 'extKeyUsage').map(({ raw }) => raw.toString('hex'))) }),
    ...(identifier === undefined ? {} : { subjectKeyIdentifier: identifier.content }),
  };
}

/** The values of the extensions by their object identifiers. */
function readExtensions(wrapper: Element | undefined): ReadonlyMap<string, Element> {
  const values = new Map<string, Element>();
  for (const extension of wrapper === undefined ? [] : decodeAll(decode(wrapper.content).content)) {
    const parts = decodeAll(extension.content);
    const [identifier] = parts;
    const value = parts.at(-1);
    if (identifier === undefined || value?.tag !== TAG.octetString) throw malformed('an extension has no value');
    const key = identifier.content.toString('hex');
    if (values.has(key)) throw malformed('an extension is there twice');
    if (READ_HERE.has(key)) values.set(key, decode(value.content));
  }
  return values;
}

const READ_HERE: ReadonlySet<string> = new Set([
  SUBJECT_KEY_IDENTIFIER,
  KEY_USAGE,
  SUBJECT_ALTERNATIVE_NAME,
  BASIC_CONSTRAINTS,
  EXTENDED_KEY_USAGE,
]);

function sequence(value: Element | undefined, name: string): readonly Element[] {
  if (value === undefined) return [];
  if (value.tag !== TAG.sequence) throw malformed(`${name} is no sequence`);
  return decodeAll(value.content);
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL } */
function readBasicConstraints(parts: readonly Element[]): Pick<CertificateFields, 'isCa' | 'pathLength'> {
  const ca = parts.find(({ tag }) => tag === TAG.boolean);
  const pathLength = parts.find(({ tag }) => tag === TAG.integer);
  return {
    isCa: ca !== undefined && ca.content.some((byte) => byte !== 0),
    ...(pathLength === undefined ? {} : { pathLength: Number(`0x0${pathLength.content.toString('hex')}`) }),
  };
}

/** The numbers of the bits that are set, the first octet of a BIT STRING being the count of unused ones (X.690 section 8.6.2). */
function readBits({ tag, content }: Element): ReadonlySet<number> {
  if (tag !== TAG.bitString) throw malformed('keyUsage is no bit string');
  const bits = new Set<number>();
  for (const [index, byte] of content.subarray(1).entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (0x80 >> bit)) !== 0) bits.add(index * 8 + bit);
  }
  return bits;
}

function malformed(why: string): AgentError {
  return new AgentError('certificate-refused', `Cannot read the certificate: ${why}`);
}
