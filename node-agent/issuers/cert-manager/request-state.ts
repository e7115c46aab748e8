import type { Issued } from '../../contents.ts';
import { oneLine } from '../../kubernetes/api-error.ts';
import { array, record, text } from '../../json-value.ts';
import { readBase64Pem } from './base64-pem.ts';

/** How far a CertificateRequest has come. */
export type RequestState =
  | { readonly kind: 'waiting'; readonly reason: string }
  /** Its certificate is kept as long as somebody waits for it. */
  | { readonly kind: 'issued'; readonly issued?: Issued }
  /** Said to be issued, by a status that nothing can be done with. */
  | { readonly kind: 'unusable'; readonly message: string }
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
  if (ready?.reason === 'Issued') return readIssued(text(status?.['certificate']), text(status?.['ca']));
  if (ready !== undefined) return { kind: 'waiting', reason: spoken(ready) };
  const isApproved = conditions.some(({ type, status }) => type === 'Approved' && status === 'True');
  return { kind: 'waiting', reason: isApproved ? 'approved, and no issuer has taken it up yet' : 'not approved yet' };
}

function readIssued(certificate: string, ca: string): RequestState {
  if (certificate === '') return { kind: 'waiting', reason: 'it is said to be issued, but holds no certificate yet' };
  const [chain, issuerCa] = [readBase64Pem(certificate), readBase64Pem(ca)];
  if ('fault' in chain) return { kind: 'unusable', message: `its status.certificate ${chain.fault}` };
  if ('fault' in issuerCa) return { kind: 'unusable', message: `its status.ca ${issuerCa.fault}` };
  return { kind: 'issued', issued: { chainPem: chain.pem, issuerCaPem: issuerCa.pem } };
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
