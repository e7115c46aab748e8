import type { Health, HealthReason, VolumeStatus } from '../ports.ts';
import { describeWaiting } from './issuance-in-flight.ts';

/** All that a volume's health depends on, but for the time. */
export interface HealthFacts extends Omit<VolumeStatus, 'health'> {
  /** Files are in the volume, but nothing is known of their certificate. */
  readonly isUnreadable?: boolean;
}

/** What kubelet writes into an event is cut at 1,024 bytes. */
const MAXIMUM_MESSAGE_CHARACTERS = 1_000;

/**
 * How a volume fares. INACCESSIBLE is a certificate that expired. All else that keeps a certificate away is DEGRADED: the files
 * in the volume are still good, or the pod asked to start without them, and an orchestrator may take a pod from a node for INACCESSIBLE.
 */
export function healthOf(facts: HealthFacts, now: Date): Health {
  const { state, notAfterAt, failing, setAside } = facts;
  if (state === 'leaving') return { kind: 'healthy', message: 'The volume is being removed' };
  if (setAside !== undefined) return judgeSetAside(setAside.message);
  if (notAfterAt === undefined || now < notAfterAt) {
    if (failing?.failure.code === 'request-denied') return judgeDenied(facts);
    if (isPlaceLost(facts)) return judgeLostPlace(facts);
  }
  return notAfterAt === undefined ? judgePending(facts) : judgeCertificate(facts, notAfterAt, now);
}

function judgeSetAside(why: string): Health {
  const cure = 'it is not renewed until kubelet publishes it again, so delete the pod before its certificate ends';
  return trouble('degraded', 'StateUnusable', `The state of the volume cannot be used; ${cure}: ${why}`);
}

/** No attempt can succeed any more: the only state that a renewal needs and cannot make anew is the place of its files. */
function isPlaceLost({ failing }: HealthFacts): boolean {
  return failing?.failure.code === 'state-corrupt';
}

function judgeLostPlace(facts: HealthFacts): Health {
  return trouble('degraded', 'StateUnusable', `The volume cannot be renewed; ${seeTo(facts)}${endOf(facts)}: ${whyOf(facts)}`);
}

function judgeDenied(facts: HealthFacts): Health {
  const cure = 'let the approver allow it, or change what the pod asks for';
  return trouble('degraded', 'RequestDenied', `The request for a certificate was denied; ${cure}${endOf(facts)}: ${whyOf(facts)}`);
}

function judgePending(facts: HealthFacts): Health {
  return trouble('degraded', 'CertificatePending', facts.isUnreadable === true ? ofUnreadable(facts) : ofEmpty(facts));
}

function ofEmpty(facts: HealthFacts): string {
  return `The volume has no certificate yet; its files appear once what it waits for has come: ${whyOf(facts)}`;
}

function ofUnreadable(facts: HealthFacts): string {
  const { renewAt, waiting, failing } = facts;
  const what = 'The certificate in the volume cannot be read, or does not go with its key or its record; it is replaced';
  // Put there by cert-manager's csi-driver, which said when it would renew it.
  const isPlanned = renewAt !== undefined && waiting === undefined && failing === undefined;
  if (isPlanned) return `${what} at ${renewAt.toISOString()}, or at once where the pod is made anew`;
  return `${what} once what it waits for has come: ${whyOf(facts)}`;
}

function judgeCertificate(facts: HealthFacts, notAfterAt: Date, now: Date): Health {
  if (now >= notAfterAt) {
    const what = `The certificate expired at ${notAfterAt.toISOString()}`;
    return trouble('inaccessible', 'CertificateExpired', `${what}; ${seeTo(facts)}, then it is replaced by itself: ${whyOf(facts)}`);
  }
  const { failing, renewAt } = facts;
  const lateSinceAt = failing?.sinceAt ?? renewAt ?? now;
  const lateMs = now.getTime() - lateSinceAt.getTime();
  // Half of what is left: late enough for the usual outage to be over, and early enough for somebody to do something about it.
  if (lateMs <= (notAfterAt.getTime() - now.getTime()) / 2) {
    return { kind: 'healthy', message: `The certificate is good until ${notAfterAt.toISOString()}` };
  }
  const late = `The renewal has been due since ${lateSinceAt.toISOString()}; ${seeTo(facts)}${endOf(facts)}`;
  return trouble('degraded', failing === undefined ? 'RenewalPending' : 'RenewalFailing', `${late}: ${whyOf(facts)}`);
}

function seeTo(facts: HealthFacts): string {
  if (isPlaceLost(facts)) return 'delete the pod';
  const { issuer } = facts;
  return issuer === undefined ? 'see to its issuer' : `see to the issuer ${JSON.stringify(issuer.name)} (${issuer.kind})`;
}

function endOf({ notAfterAt }: HealthFacts): string {
  return notAfterAt === undefined ? '' : ` before the certificate ends at ${notAfterAt.toISOString()}`;
}

function whyOf({ failing, waiting }: HealthFacts): string {
  if (failing === undefined) return describeWaiting(waiting);
  const { failures, failure } = failing;
  return failures === 1 ? failure.message : `${failures} attempts failed, the last one: ${failure.message}`;
}

function trouble(kind: 'degraded' | 'inaccessible', reason: HealthReason, message: string): Health {
  return { kind, reason, message: message.slice(0, MAXIMUM_MESSAGE_CHARACTERS).toWellFormed() };
}
