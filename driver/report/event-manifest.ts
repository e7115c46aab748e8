import { POD_EVENT_KINDS, type PodEvent } from './pod-event.ts';
import { UNSAFE } from './unsafe-characters.ts';

/** Where the API has them. */
export const EVENTS = { group: 'events.k8s.io', version: 'v1', plural: 'events' } as const;

/** Who reports, as `kubectl describe` shows it. */
export const REPORTING_CONTROLLER = 'podcert.io/driver';

/** What is told of one event, or of a series of them. */
export interface ReportedEvent {
  readonly event: PodEvent;
  /** Of the object, in the pod's namespace. */
  readonly name: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly count: number;
}

/** In bytes, as the API server counts them (pkg/apis/core/validation, `NoteLengthLimit` and `ReportingInstanceLengthLimit`). */
const LONGEST_NOTE = 1_024;
const LONGEST_INSTANCE = 128;

/** The object (events.k8s.io/v1 `Event`). Everything but `series` must stay the same for as long as the object is there. */
export function eventManifest({ event, name, firstAt, lastAt, count }: ReportedEvent, nodeId: string): object {
  const { pod, reason, note, requestName } = event;
  const { namespace } = pod;
  const { type, action } = POD_EVENT_KINDS[reason];
  const request = { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', namespace, name: requestName };
  return {
    apiVersion: `${EVENTS.group}/${EVENTS.version}`,
    kind: 'Event',
    metadata: { name, namespace },
    eventTime: microTime(firstAt),
    reportingController: REPORTING_CONTROLLER,
    reportingInstance: cut(nodeId, LONGEST_INSTANCE),
    type,
    reason,
    action,
    note: cut(note.replace(UNSAFE, ' '), LONGEST_NOTE),
    regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.name, uid: pod.uid },
    ...(requestName !== undefined && { related: request }),
    ...(count > 1 && { series: { count, lastObservedTime: microTime(lastAt) } }),
  };
}

/** The form of a MicroTime (meta/v1): RFC 3339 with six digits, and no other number of them. */
function microTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z');
}

function cut(text: string, longestBytes: number): string {
  if (Buffer.byteLength(text) <= longestBytes) return text;
  const kept = Buffer.from(text).subarray(0, longestBytes - Buffer.byteLength('…'));
  // A character that was cut through becomes one of replacement.
  return `${kept.toString('utf8').replace(/\uFFFD+$/, '')}…`;
}
