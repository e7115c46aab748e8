import { Refusal, type StoredObject } from './api-store.ts';

/** What kube-apiserver lets a change of an events.k8s.io/v1 Event touch (pkg/apis/core/validation/events.go). */
const CHANGEABLE = new Set(['series', 'metadata']);

/** Refuses an Event as kube-apiserver does: a new one, or a change of what was there before. */
export function requireEvent(before: StoredObject | undefined, after: Readonly<Record<string, unknown>>): void {
  const faults = [...faultsOf(after), ...(before === undefined ? [] : changed(before, after))];
  if (faults.length > 0) throw new Refusal(422, 'Invalid', `Event is invalid: ${faults.join(', ')}`);
}

function faultsOf(event: Readonly<Record<string, unknown>>): string[] {
  const faults: string[] = [];
  const { metadata, regarding, series } = event as { [field: string]: Readonly<Record<string, unknown>> | undefined };
  for (const [field, longest] of Object.entries({ action: 128, reason: 128, reportingInstance: 128, reportingController: 317 })) {
    const bytes = Buffer.byteLength(textOf(event[field]));
    if (bytes === 0 || bytes > longest) faults.push(`${field}: ${bytes} bytes`);
  }
  if (Buffer.byteLength(textOf(event['note'])) > 1_024) faults.push('message: can have at most 1024 characters');
  if (!isMicroTime(event['eventTime'])) faults.push('eventTime: Required value');
  if (event['type'] !== 'Normal' && event['type'] !== 'Warning') faults.push('type: invalid');
  // Of what lies in no namespace, a node among it.
  if ((regarding?.['namespace'] ?? 'default') !== metadata?.['namespace'])
    faults.push('involvedObject.namespace: does not match event.namespace');
  const name = textOf(metadata?.['name']);
  if (name.length > 253 || !/^[a-z\d]([-a-z\d]*[a-z\d])?(\.[a-z\d]([-a-z\d]*[a-z\d])?)*$/.test(name)) faults.push('metadata.name: invalid');
  if (series !== undefined && !(Number(series['count']) >= 2)) faults.push('series.count: should be at least 2');
  if (series !== undefined && !isMicroTime(series['lastObservedTime'])) faults.push('series.lastObservedTime: Required value');
  return faults;
}

function changed(before: StoredObject, after: Readonly<Record<string, unknown>>): string[] {
  return Object.keys({ ...before, ...after })
    .filter((field) => !CHANGEABLE.has(field) && JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => `${field}: field is immutable`);
}

/** Exactly six digits, or it is not read. */
function isMicroTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
