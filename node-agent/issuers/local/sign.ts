// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill before it loads.
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  Name,
  Pkcs10CertificateRequest,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { AgentError } from '../../errors.ts';
import { encodeBits } from '../../der.ts';
import { SUBJECT_ALTERNATIVE_NAME } from '../../issuance/request.ts';
import { usageMeaning } from '../../issuance/usages.ts';
import { formatPem } from '../../pem.ts';
import type { KeyUsage } from '../../wanted.ts';
import type { Authority } from './authority.ts';
import { keyIdentifierOf, newSerial } from './new-authority.ts';

/** id-ce-keyUsage (RFC 5280 section 4.2.1.3). */
const KEY_USAGE = '2.5.29.15';

/** What a certificate holds besides what its request says. */
export interface Terms {
  readonly usages: readonly KeyUsage[];
  readonly notBeforeAt: Date;
  readonly notAfterAt: Date;
}

/**
 * Certifies the request's key, subject and alternative names; nothing else of the request is looked at.
 * @returns one PEM certificate of an end entity.
 * @throws {AgentError} `request-failed` where the request cannot be read or is not signed by its own key (RFC 2986 section 3, note 2).
 */
export async function signRequest(authority: Authority, csrPem: string, terms: Terms): Promise<string> {
  const request = await readRequest(csrPem);
  const names = request.getExtension(SUBJECT_ALTERNATIVE_NAME);
  const isNameless = request.subject === '';
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: request.subjectName,
    issuer: new Name(new Uint8Array(authority.subject)),
    notBefore: terms.notBeforeAt,
    notAfter: terms.notAfterAt,
    publicKey: request.publicKey,
    signingKey: authority.signing.keys.privateKey,
    signingAlgorithm: authority.signing.algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      ...usageExtensions(terms.usages),
      // Critical exactly where nothing else names the subject (RFC 5280 section 4.2.1.6).
      ...(names === null ? [] : [new Extension(SUBJECT_ALTERNATIVE_NAME, isNameless, names.value)]),
      new SubjectKeyIdentifierExtension(keyIdentifierOf(new Uint8Array(request.publicKey.rawData))),
      ...authorityKeyIdentifier(authority),
    ],
  });
  return formatPem('CERTIFICATE', new Uint8Array(certificate.rawData));
}

async function readRequest(csrPem: string): Promise<Pkcs10CertificateRequest> {
  let request;
  try {
    request = new Pkcs10CertificateRequest(csrPem);
    if (await request.verify()) return request;
  } catch (error) {
    throw new AgentError('request-failed', 'Cannot sign: the certificate request cannot be read', { cause: error });
  }
  throw new AgentError('request-failed', 'Cannot sign: the certificate request is not signed by its own key');
}

function usageExtensions(usages: readonly KeyUsage[]): readonly Extension[] {
  const meanings = usages.map(usageMeaning);
  const bits = meanings.flatMap((meaning) => (meaning.kind === 'bit' ? [meaning.bit] : []));
  const purposes = new Set(meanings.flatMap((meaning) => (meaning.kind === 'purpose' ? [meaning.oid] : [])));
  return [
    ...(bits.length === 0 ? [] : [new Extension(KEY_USAGE, true, encodeBits(bits))]),
    ...(purposes.size === 0 ? [] : [new ExtendedKeyUsageExtension([...purposes])]),
  ];
}

function authorityKeyIdentifier({ keyIdentifier }: Authority): readonly Extension[] {
  return keyIdentifier === undefined ? [] : [new AuthorityKeyIdentifierExtension(keyIdentifier.toString('hex'))];
}
