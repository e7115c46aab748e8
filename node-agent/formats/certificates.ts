import { X509Certificate } from 'node:crypto';
import type { Issued } from '../contents.ts';
import { formatPem, parsePem, type PemBlock } from '../pem.ts';

/** The certificates of a PEM text that has been checked, in DER. */
export function certificatesOf(pem: string): readonly Buffer[] {
  const blocks = parsePem(pem);
  if ('fault' in blocks) throw new Error(`A PEM text that was checked is not sound: ${blocks.fault}`);
  return blocks.map(({ der }) => der);
}

/** Certificates in PEM, one after another. */
export function toPem(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => formatPem('CERTIFICATE', der)).join('');
}

/**
 * What programs are to trust, in PEM: the CA as the issuer gave it, or, where it gave none, the self-signed certificate at the
 * end of its chain. Empty where there is neither.
 */
export function trustedCaPem({ chainPem, issuerCaPem }: Issued): string {
  if (issuerCaPem.trim() !== '') return issuerCaPem;
  const last = certificatesOf(chainPem).at(-1);
  return last !== undefined && isSelfSigned(new X509Certificate(last)) ? toPem([last]) : '';
}

/** The certificates of {@link trustedCaPem}; none where an issuer gave a CA that cannot be read, which does not keep a pod from starting. */
export function trustedCertificates(issued: Issued): readonly Buffer[] {
  const blocks = parsePem(trustedCaPem(issued));
  return 'fault' in blocks ? [] : blocks.filter(isReadable).map(({ der }) => der);
}

function isReadable({ der }: PemBlock): boolean {
  try {
    return new X509Certificate(der).raw.equals(der);
  } catch {
    return false;
  }
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}
