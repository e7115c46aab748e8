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
    ...reported({ namespace, name, at: firstAt, note }, nodeId),
    type,
    reason,
    action,
    regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.name, uid: pod.uid },
    ...(requestName !== undefined && { related: request }),
    ...(count > 1 && { series: { count, lastObservedTime: microTime(lastAt) } }),
  };
}

/** Where events about objects of no namespace lie (pkg/apis/core/validation/events.go). */
export const NAMESPACE_OF_NODE_EVENTS = 'default';

/** What is told of the node itself; kubectl describes a node with what names it in the place of its uid, as kubelet's own events do. */
export interface NodeEvent {
  readonly name: string;
  readonly reason: 'StartupTaintKept';
  readonly note: string;
  readonly at: Date;
}

/** The object about the node. */
export function nodeEventManifest({ name, reason, note, at }: NodeEvent, nodeId: string): object {
  return {
    ...reported({ namespace: NAMESPACE_OF_NODE_EVENTS, name, at, note }, nodeId),
    type: 'Warning',
    reason,
    action: 'RemoveTaint',
    regarding: { apiVersion: 'v1', kind: 'Node', name: nodeId, uid: nodeId },
  };
}

interface Reported {
  readonly namespace: string;
  readonly name: string;
  readonly at: Date;
  readonly note: string;
}

/** What is alike in all of our events. */
function reported({ namespace, name, at, note }: Reported, nodeId: string): object {
  return {
    apiVersion: `${EVENTS.group}/${EVENTS.version}`,
    kind: 'Event',
    metadata: { name, namespace },
    eventTime: microTime(at),
    reportingController: REPORTING_CONTROLLER,
    reportingInstance: cut(nodeId, LONGEST_INSTANCE),
    note: cut(note.replace(UNSAFE, ' '), LONGEST_NOTE),
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
