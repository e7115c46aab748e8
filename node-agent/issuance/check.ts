import { createPrivateKey, type X509Certificate } from 'node:crypto';
import type { Issued } from '../contents.ts';
import { AgentError } from '../errors.ts';
import type { Difference } from '../events.ts';
import type { Verification, Wanted } from '../wanted.ts';
import { readFields, type CertificateFields } from './certificate-fields.ts';
import { factsOf, readChain, type CertificateFacts } from './certificate.ts';
import { decode } from '../der.ts';
import { findDifferences } from './differences.ts';
import { comparableName, wantedAlternativeNames } from './general-names.ts';

/** What an issued certificate is held against. */
export interface Expectation {
  readonly keyPem: string;
  readonly wanted: Wanted;
  readonly verification: Verification;
  /** When the certificate arrived. */
  readonly now: Date;
}

/** A certificate that may be given to the pod. */
export interface Accepted {
  readonly facts: CertificateFacts;
  /** In which ways it is not what was asked for; empty with the verification `key`, which does not look. */
  readonly differences: readonly Difference[];
}

/**
 * Judges what an issuer returned. Always refused: what cannot be read, is for another key or is not valid now. Unless the
 * verification is `key` also: a CA that was not asked for, a wanted alternative name that is missing, and with `strict`
 * every difference.
 * @throws {AgentError} `certificate-refused`, with all reasons in one message.
 */
export function checkIssued(issued: Issued, expectation: Expectation): Accepted {
  const { keyPem, wanted, verification, now } = expectation;
  const chain = readChain(issued.chainPem);
  const [leaf] = chain;
  const reasons = [...keyReasons(leaf, keyPem), ...validityReasons(leaf, now)];
  if (verification === 'key') return accept(leaf, reasons, []);
  const fields = readFields(leaf);
  reasons.push(...caReasons(fields, wanted), ...nameReasons(fields, wanted));
  const differences = findDifferences({ chain, fields, issuerCaPem: issued.issuerCaPem, wanted, now });
  if (verification === 'strict') reasons.push(...differences.map(({ detail }) => `${detail} (podcert.io/verify is "strict")`));
  return accept(
    leaf,
    reasons,
    differences.map(({ difference }) => difference),
  );
}

function accept(leaf: X509Certificate, reasons: readonly string[], differences: readonly Difference[]): Accepted {
  if (reasons.length === 0) return { facts: factsOf(leaf), differences };
  throw new AgentError('certificate-refused', `Cannot accept certificate ${leaf.serialNumber}: ${reasons.join('; ')}`);
}

function keyReasons(leaf: X509Certificate, keyPem: string): readonly string[] {
  return leaf.checkPrivateKey(createPrivateKey(keyPem)) ? [] : ['it is for another public key'];
}

/** No allowance for clocks that differ: a pod that uses the certificate at once would fail where the node does. */
function validityReasons(leaf: X509Certificate, now: Date): readonly string[] {
  const { notBeforeAt, notAfterAt } = factsOf(leaf);
  const reasons = [];
  if (notAfterAt < notBeforeAt) reasons.push(`it ends at ${notAfterAt.toISOString()}, before it begins at ${notBeforeAt.toISOString()}`);
  if (notBeforeAt > now)
    reasons.push(`it is not valid before ${notBeforeAt.toISOString()}, ${secondsBetween(now, notBeforeAt)} s from now`);
  if (notAfterAt <= now) reasons.push(`it expired at ${notAfterAt.toISOString()}, ${secondsBetween(notAfterAt, now)} s ago`);
  return reasons;
}

function secondsBetween(earlierAt: Date, laterAt: Date): number {
  return Math.ceil((laterAt.getTime() - earlierAt.getTime()) / 1_000);
}

function caReasons({ isCa }: CertificateFields, wanted: Wanted): readonly string[] {
  return isCa && !wanted.isCa ? ['it is a CA certificate (CA:TRUE), which csi.cert-manager.io/is-ca did not ask for'] : [];
}

function nameReasons({ alternativeNames }: CertificateFields, wanted: Wanted): readonly string[] {
  const present = new Set(alternativeNames.map(comparableName));
  const missing = wantedAlternativeNames(wanted).filter(({ der }) => !present.has(comparableName(decode(der))));
  return missing.map(({ text }) => `the alternative name ${JSON.stringify(text)} is missing`);
}
