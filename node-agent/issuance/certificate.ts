import { createPrivateKey, X509Certificate } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { parsePem } from '../pem.ts';

/** What is told and scheduled of a certificate. */
export interface CertificateFacts {
  /** Hexadecimal, upper case, without separators. */
  readonly serial: string;
  readonly notBeforeAt: Date;
  readonly notAfterAt: Date;
}

/** Certificates, leaf first. */
export type Chain = readonly [X509Certificate, ...X509Certificate[]];

/** Bounds of what an issuer may return, a chain or its CA: far above any real one, far below what would fill a volume. */
export const MAXIMUM_PEM_BYTES = 256 * 1024;
const MAXIMUM_CHAIN = 16;

/**
 * The certificates of a chain, leaf first.
 * @throws {AgentError} `certificate-refused` where the text is empty, is not wholly certificates, or is out of bounds
 * (256 KiB, 16 certificates).
 */
export function readChain(chainPem: string): Chain {
  const [leaf, ...issuers] = readCertificates(chainPem);
  if (leaf === undefined) throw unreadable('it is empty');
  if (issuers.length >= MAXIMUM_CHAIN) throw unreadable(`it has ${issuers.length + 1} certificates, more than ${MAXIMUM_CHAIN}`);
  return [leaf, ...issuers];
}

/** All certificates of a PEM text, possibly none. @throws {AgentError} `certificate-refused`, as {@link readChain}, without its bound on their number. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  const sizeBytes = Buffer.byteLength(pem);
  if (sizeBytes > MAXIMUM_PEM_BYTES) throw unreadable(`it has ${sizeBytes} bytes, more than ${MAXIMUM_PEM_BYTES}`);
  const blocks = parsePem(pem);
  if ('fault' in blocks) throw unreadable(blocks.fault);
  return blocks.map(({ label, der }, index) => {
    if (label !== 'CERTIFICATE') throw unreadable(`block ${index + 1} is labelled "${label}"`);
    return readCertificate(der, `certificate ${index + 1}`);
  });
}

/** @throws {AgentError} `certificate-refused` where the chain cannot be read. */
export function readFacts(chainPem: string): CertificateFacts {
  return factsOf(readChain(chainPem)[0]);
}

/** What is told and scheduled of a certificate that has been parsed. */
export function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    serial: certificate.serialNumber,
    notBeforeAt: certificate.validFromDate,
    notAfterAt: certificate.validToDate,
  };
}

/** Whether the first certificate of the chain is for this key; false also where either cannot be read. */
export function matches(keyPem: string, chainPem: string): boolean {
  try {
    return readChain(chainPem)[0].checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

function readCertificate(der: Buffer, which: string): X509Certificate {
  let certificate;
  try {
    certificate = new X509Certificate(der);
  } catch (error) {
    throw unreadable(`${which} cannot be parsed`, { cause: error });
  }
  // OpenSSL stops at the end of the certificate; what follows would be handed to the pod unread.
  if (certificate.raw.length !== der.length) throw unreadable(`${which} has bytes after its end`);
  // Of what is no date node:crypto makes any instant whatever, from memory that nobody set; only its text says so: "Bad time value".
  if ([certificate.validFrom, certificate.validTo].some((text) => Number.isNaN(Date.parse(text)))) {
    throw unreadable(`the validity of ${which} is not a pair of dates`);
  }
  return certificate;
}

function unreadable(why: string, options?: ErrorOptions): AgentError {
  return new AgentError('certificate-refused', `Cannot read the certificates: ${why}`, options);
}
