import type { KeyObject, X509Certificate } from 'node:crypto';
import { AgentError } from '../errors.ts';
import type { Difference } from '../events.ts';
import type { Verification, Wanted } from '../wanted.ts';
import { readFields, type CertificateFields } from './certificate-fields.ts';
import { factsOf, type CertificateFacts, type Chain } from './certificate.ts';
import { decode } from '../der.ts';
import { findDifferences } from './differences.ts';
import { comparableName, wantedAlternativeNames } from './general-names.ts';

/** What an issuer returned, as far as it has been read. */
export interface Judged {
  readonly chain: Chain;
  readonly issuerCaPem: string;
}

/** What an issued certificate is held against. */
export interface Expectation {
  readonly key: KeyObject;
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
 * Judges what an issuer returned. Always refused: what is for another key or is not valid now. Unless the
 * verification is `key` also: a CA that was not asked for, a wanted alternative name that is missing, and with `strict`
 * every difference.
 * @throws {AgentError} `certificate-refused`, with all reasons in one message.
 */
export function checkIssued({ chain, issuerCaPem }: Judged, expectation: Expectation): Accepted {
  const { key, wanted, verification, now } = expectation;
  const [leaf] = chain;
  const reasons = [...keyReasons(leaf, key), ...validityReasons(leaf, now)];
  if (verification === 'key') return accept(leaf, reasons, []);
  const fields = readFields(leaf);
  reasons.push(...caReasons(fields, wanted), ...nameReasons(fields, wanted));
  const differences = findDifferences({ chain, fields, issuerCaPem, wanted, now });
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

function keyReasons(leaf: X509Certificate, key: KeyObject): readonly string[] {
  return leaf.checkPrivateKey(key) ? [] : ['it is for another public key'];
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
