import { MINUTE_MS } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Contents } from '../contents.ts';
import type { Difference } from '../events.ts';
import type { Issuer, Order, Waiting } from '../ports.ts';
import type { KeySpec, Verification } from '../wanted.ts';
import { factsOf, readChain } from './certificate.ts';
import type { CertificateFacts, Chain } from './certificate.ts';
import { checkIssued } from './check.ts';
import type { KeySource } from './keys.ts';
import { encodePrivateKey, reuseKey } from './private-key.ts';
import { buildRequest } from './request.ts';
import { StepTimes } from './step-times.ts';

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
  /** In its last step. */
  readonly steps: StepTimes;
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
  const { key: spec, verification, reusableKeyPem, ...wish } = order;
  const { wanted } = order;
  const steps = new StepTimes(clock);
  const reused = reusableKeyPem === undefined ? undefined : reuseKey(reusableKeyPem, spec);
  const key = reused ?? (await keys.make(spec, signal));
  const csrPem = await buildRequest(key, wanted);
  steps.begin('create');
  const waitingFor = (why: Waiting) => {
    if (why.requestName !== undefined) steps.begin('wait');
    waiting(why);
  };
  const { chainPem, issuerCaPem } = await issuer.issue({ ...wish, csrPem }, waitingFor, signal);
  const receivedAt = clock.now();
  steps.begin('wait');
  const chain = readChain(chainPem);
  await untilValid(chain, clock, waiting, signal);
  steps.begin('write');
  const { facts, differences } = checkIssued({ chain, issuerCaPem }, { key, wanted, verification, now: clock.now() });
  return { contents: { keyPem: encodePrivateKey(key, spec), chainPem, issuerCaPem }, facts, receivedAt, differences, steps };
}

/** Clocks of a node and an issuer may differ by this much: what is valid that soon is waited for, not refused. */
const SKEW_MS = MINUTE_MS;

async function untilValid([leaf]: Chain, clock: Clock, waiting: (why: Waiting) => void, signal: AbortSignal): Promise<void> {
  const { notBeforeAt } = factsOf(leaf);
  const aheadMs = notBeforeAt.getTime() - clock.now().getTime();
  if (aheadMs <= 0 || aheadMs > SKEW_MS) return;
  waiting({ reason: `the certificate is not valid before ${notBeforeAt.toISOString()}: the clock of this node is behind the issuer's` });
  await clock.sleep(aheadMs, signal);
}
