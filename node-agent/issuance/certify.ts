import { MINUTE_MS } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Contents, Issued } from '../contents.ts';
import type { Difference } from '../events.ts';
import type { Issuer, Order, Waiting } from '../ports.ts';
import type { KeySpec, Verification } from '../wanted.ts';
import { readFacts } from './certificate.ts';
import type { CertificateFacts } from './certificate.ts';
import { checkIssued } from './check.ts';
import type { KeySource } from './keys.ts';
import { reuseKey } from './private-key.ts';
import { buildRequest } from './request.ts';

/** What one issuance needs. */
export interface Certifying {
  readonly keys: Pick<KeySource, 'make'>;
  readonly issuer: Issuer;
  readonly clock: Clock;
}

/** One certificate to be made, its key included. */
export interface CertificateOrder extends Omit<Order, 'csrPem'> {
  readonly key: KeySpec;
  readonly verification: Verification;
  /** The key of the last certificate, where the pod asked to keep it; used if it still fits `key`. */
  readonly reusableKeyPem?: string;
}

/** A key and a certificate for it that has passed the check. */
export interface Certified {
  readonly contents: Contents;
  readonly facts: CertificateFacts;
  /** When the issuer handed the certificate over. */
  readonly receivedAt: Date;
  readonly differences: readonly Difference[];
}

/**
 * The one way to a certificate: key → request → issuer → check. Touches no disk.
 * @throws {AgentError} as the issuer does, and `certificate-refused` for what it returned.
 * @throws `signal.reason` once the signal is aborted.
 */
export async function certify(
  { keys, issuer, clock }: Certifying,
  order: CertificateOrder,
  waiting: (why: Waiting) => void,
  signal: AbortSignal,
): Promise<Certified> {
  const { key, verification, reusableKeyPem, ...wish } = order;
  const reused = reusableKeyPem === undefined ? undefined : reuseKey(reusableKeyPem, key);
  const keyPem = reused ?? (await keys.make(key, signal));
  const csrPem = await buildRequest(keyPem, order.wanted);
  const issued = await issuer.issue({ ...wish, csrPem }, waiting, signal);
  const receivedAt = clock.now();
  await untilValid(issued, clock, waiting, signal);
  const { facts, differences } = checkIssued(issued, { keyPem, wanted: order.wanted, verification, now: clock.now() });
  return { contents: { keyPem, chainPem: issued.chainPem, issuerCaPem: issued.issuerCaPem }, facts, receivedAt, differences };
}

/** Clocks of a node and an issuer may differ by this much: what is valid that soon is waited for, not refused. */
const SKEW_MS = MINUTE_MS;

async function untilValid({ chainPem }: Issued, clock: Clock, waiting: (why: Waiting) => void, signal: AbortSignal): Promise<void> {
  const { notBeforeAt } = readFacts(chainPem);
  const aheadMs = notBeforeAt.getTime() - clock.now().getTime();
  if (aheadMs <= 0 || aheadMs > SKEW_MS) return;
  waiting({ reason: `the certificate is not valid before ${notBeforeAt.toISOString()}: the clock of this node is behind the issuer's` });
  await clock.sleep(aheadMs, signal);
}
