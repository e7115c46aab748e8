import type { X509Certificate } from 'node:crypto';
import { MINUTE_MS } from '../clock.ts';
import { AgentError } from '../errors.ts';
import type { Difference } from '../events.ts';
import type { Wanted } from '../wanted.ts';
import type { CertificateFields } from './certificate-fields.ts';
import { factsOf, readCertificates, type Chain } from './certificate.ts';
import { leadsTo } from './chain.ts';
import { decode, encodeObjectIdentifier } from '../der.ts';
import { canonicalName, encodeName } from './distinguished-name.ts';
import { comparableName, describeName, wantedAlternativeNames } from './general-names.ts';
import { ANY_PURPOSE, usageMeaning } from './usages.ts';

/** What is compared: a readable chain and its leaf's fields against what the pod wants. */
export interface Comparison {
  readonly chain: Chain;
  readonly fields: CertificateFields;
  readonly issuerCaPem: string;
  readonly wanted: Wanted;
  readonly now: Date;
}

/** A difference and a clause that says what differs. */
export interface FoundDifference {
  readonly difference: Difference;
  readonly detail: string;
}

/** A lifetime may be off by this share of what was asked, and by a minute: issuers round, backdate and take their time. */
const LIFETIME_TOLERANCE = 0.05;

/**
 * In which ways an acceptable certificate is not what was asked for; one entry for each kind.
 * @throws {AgentError} `certificate-refused` where the subject cannot be read.
 */
export function findDifferences(comparison: Comparison): readonly FoundDifference[] {
  const details: Readonly<Record<Difference, string | undefined>> = {
    subject: compareSubject(comparison),
    'additional-san': compareNames(comparison),
    'fewer-usages': compareUsages(comparison),
    lifetime: compareLifetime(comparison),
    'chain-unverified': compareChain(comparison),
  };
  return Object.entries(details).flatMap(([difference, detail]) =>
    detail === undefined ? [] : [{ difference: difference as Difference, detail }],
  );
}

function compareSubject({ chain: [leaf], fields, wanted }: Comparison): string | undefined {
  if (canonicalName(fields.subject) === canonicalName(encodeName(wanted.subject))) return undefined;
  return `its subject is ${JSON.stringify(leaf.subject ?? '')}, not the one that was asked for`;
}

function compareNames({ fields, wanted }: Comparison): string | undefined {
  const asked = new Set(wantedAlternativeNames(wanted).map(({ der }) => comparableName(decode(der))));
  const additional = fields.alternativeNames.filter((name) => !asked.has(comparableName(name)));
  if (additional.length === 0) return undefined;
  return `it also has ${additional.map((name) => JSON.stringify(describeName(name))).join(', ')}`;
}

/** An extension that is absent restricts nothing (RFC 5280 section 4.2.1.12), so nothing that was asked for is missing then. */
function compareUsages({ fields, wanted }: Comparison): string | undefined {
  const { usageBits, purposes } = fields;
  const allows = (oid: string) => purposes === undefined || purposes.has(encodeObjectIdentifier(oid).toString('hex'));
  const missing = wanted.usages.filter((usage) => {
    const meaning = usageMeaning(usage);
    return meaning.kind === 'bit' ? usageBits !== undefined && !usageBits.has(meaning.bit) : !allows(ANY_PURPOSE) && !allows(meaning.oid);
  });
  const lost: readonly string[] = wanted.isCa && !fields.isCa ? ['is-ca', ...missing] : missing;
  return lost.length === 0 ? undefined : `it lacks the usages ${lost.map((usage) => JSON.stringify(usage)).join(', ')}`;
}

/**
 * Issuers count the duration from now or from a backdated begin; either is what was asked for. The difference that is told
 * is the one that matters, of what is left.
 */
function compareLifetime({ chain: [leaf], wanted, now }: Comparison): string | undefined {
  const { notBeforeAt, notAfterAt } = factsOf(leaf);
  const toleranceMs = Math.max(MINUTE_MS, LIFETIME_TOLERANCE * wanted.durationMs);
  const isAsked = (fromAt: Date) => Math.abs(notAfterAt.getTime() - fromAt.getTime() - wanted.durationMs) <= toleranceMs;
  if (isAsked(now) || isAsked(notBeforeAt)) return undefined;
  const leftMs = notAfterAt.getTime() - now.getTime();
  return `it lives ${Math.round(leftMs / 1_000)} s from now, not ${Math.round(wanted.durationMs / 1_000)} s`;
}

/** The last that were read: an issuer names the same CA with each certificate. */
let known: { readonly pem: string; readonly anchors: readonly X509Certificate[] } = { pem: '', anchors: [] };

/** @throws {AgentError} `certificate-refused` where the text is not wholly certificates. */
function anchorsOf(issuerCaPem: string): readonly X509Certificate[] {
  if (known.pem !== issuerCaPem) known = { pem: issuerCaPem, anchors: readCertificates(issuerCaPem) };
  return known.anchors;
}

/** Each certificate that the issuer calls its CA is a trust anchor; an issuer that names none states nothing. */
function compareChain({ chain: [leaf, ...issuers], issuerCaPem, now }: Comparison): string | undefined {
  if (issuerCaPem.trim() === '') return undefined;
  try {
    return leadsTo(anchorsOf(issuerCaPem), leaf, issuers, now) ? undefined : "its chain does not lead to the issuer's own CA";
  } catch (error) {
    if (error instanceof AgentError) return `its chain cannot be verified: ${error.message}`;
    throw error;
  }
}
