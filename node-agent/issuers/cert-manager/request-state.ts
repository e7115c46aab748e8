import { oneLine } from '../../kubernetes/api-error.ts';
import { array, record, text } from '../../json-value.ts';

/** How far a CertificateRequest has come. */
export type RequestState =
  | { readonly kind: 'waiting'; readonly reason: string }
  /** Base64 of PEM, as in the status. */
  | { readonly kind: 'issued'; readonly certificate: string; readonly ca: string }
  | { readonly kind: 'denied'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Reads the conditions of a CertificateRequest's status (cert-manager.io/v1 `CertificateRequestCondition`). */
export function readState(value: unknown): RequestState {
  const status = record(value);
  const conditions = array(status?.['conditions']).map(readCondition);
  const denied = conditions.find(({ type, status }) => type === 'Denied' && status === 'True');
  if (denied !== undefined) return { kind: 'denied', message: spoken(denied) };
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.reason === 'Failed') return { kind: 'failed', message: spoken(ready) };
  if (ready?.reason === 'Issued') {
    const certificate = text(status?.['certificate']);
    if (certificate !== '') return { kind: 'issued', certificate, ca: text(status?.['ca']) };
    return { kind: 'waiting', reason: 'it is said to be issued, but holds no certificate yet' };
  }
  if (ready !== undefined) return { kind: 'waiting', reason: spoken(ready) };
  const isApproved = conditions.some(({ type, status }) => type === 'Approved' && status === 'True');
  return { kind: 'waiting', reason: isApproved ? 'approved, and no issuer has taken it up yet' : 'not approved yet' };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function readCondition(value: unknown): Condition {
  const condition = record(value);
  return {
    type: text(condition?.['type']),
    status: text(condition?.['status']),
    reason: text(condition?.['reason']),
    message: oneLine(text(condition?.['message'])),
  };
}

function spoken({ reason, message }: Condition): string {
  return [oneLine(reason), message].filter((part) => part !== '').join(': ') || 'no reason is given';
}
