import type { KeyObject, X509Certificate } from 'node:crypto';
import type { CertificateView } from '../volume-view.ts';
import { readFields } from './certificate-fields.ts';
import { describeName } from './general-names.ts';

/** @throws {AgentError} `certificate-refused` where an extension is malformed. */
export function describeCertificate(certificate: X509Certificate): CertificateView {
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serial: certificate.serialNumber.toLowerCase(),
    names: alternativeNames(certificate),
    notBeforeAt: certificate.validFromDate,
    notAfterAt: certificate.validToDate,
    key: describeKey(certificate.publicKey),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** Its alternative names, such as `DNS:web`. @throws {AgentError} `certificate-refused`, as above. */
export function alternativeNames(certificate: X509Certificate): readonly string[] {
  return readFields(certificate).alternativeNames.map(describeName);
}

/**
 * As RFC 4514 writes it, the last one first. node:crypto has a line for each RDN, in which values are escaped as RFC 2253 says and control
 * characters are too, so that no value begins a line; of an empty name it has nothing.
 */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '').split('\n').toReversed().join(',').replaceAll(' + ', '+');
}

/** RFC 5480 section 2.1.1.1 knows the curves by these names too. */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

function describeKey({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  switch (type) {
    case 'rsa':
      return `RSA ${details?.modulusLength}`;
    case 'ec':
      return `ECDSA ${CURVES[details?.namedCurve ?? ''] ?? details?.namedCurve}`;
    case 'ed25519':
      return 'Ed25519';
    default:
      return type ?? 'unknown';
  }
}
