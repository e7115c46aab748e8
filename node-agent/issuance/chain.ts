import type { X509Certificate } from 'node:crypto';
import { readFields } from './certificate-fields.ts';

/**
 * Whether some order of `issuers` leads from the leaf to one of the `anchors`: names, signatures, key usage, CA flags, path
 * lengths and validity (RFC 5280 section 6.1), but neither name constraints nor policies nor revocation. An anchor counts whether
 * it is self-signed or not.
 * @throws {AgentError} `certificate-refused` where an issuer's extensions cannot be read.
 */
export function leadsTo(
  anchors: readonly X509Certificate[],
  leaf: X509Certificate,
  issuers: readonly X509Certificate[],
  now: Date,
): boolean {
  const unused = new Set(issuers);
  let reached: readonly X509Certificate[] = isValid(leaf, now) ? [leaf] : [];
  // Breadth first, each certificate once: cross-signed authorities would make a search by paths explode.
  for (let below = 0; reached.length > 0; below++) {
    const issued = (issuer: X509Certificate) => reached.some((certificate) => hasIssued(issuer, certificate, below, now));
    if (anchors.some((anchor) => reached.some(({ raw }) => raw.equals(anchor.raw)) || issued(anchor))) return true;
    const next = [...unused].filter(issued);
    for (const issuer of next) unused.delete(issuer);
    reached = next;
  }
  return false;
}

/** Whether `now` lies within the certificate's validity, both ends included (RFC 5280 section 4.1.2.5). */
export function isValid(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate;
}

/** `below`: how many intermediates lie between the leaf and this issuer. */
function hasIssued(issuer: X509Certificate, subject: X509Certificate, below: number, now: Date): boolean {
  if (!subject.checkIssued(issuer) || !isValid(issuer, now)) return false;
  const { isCa, pathLength } = readFields(issuer);
  return isCa && below <= (pathLength ?? Infinity) && subject.verify(issuer.publicKey);
}
