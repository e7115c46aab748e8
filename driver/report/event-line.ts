import type { AgentEvent, Failure, VolumeSubject } from '../../node-agent/events.ts';
import type { LogFields, LogLevel } from './log.ts';

/** What the log says of an event. */
export interface EventLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

type EventOf<Kind extends AgentEvent['kind']> = Extract<AgentEvent, { readonly kind: Kind }>;

interface Wording<Event> {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: (event: Event) => LogFields;
}

/**
 * Errors are what somebody must look at: a certificate not renewed, a volume set aside, something left behind. How a call
 * ended is logged by the RPC wrapper, so a publish and an unpublish are details here.
 */
const WORDINGS: { readonly [Kind in AgentEvent['kind']]: Wording<EventOf<Kind>> } = {
  published: {
    level: 'debug',
    message: 'Certificate published',
    fields: (event) => ({ ...subject(event), ...certificate(event) }),
  },
  'bind-restored': { level: 'info', message: 'Volume bound again: its target was no longer mounted', fields: subject },
  'files-restored': {
    level: 'info',
    message: 'Files of a volume that somebody had deleted were written again; its certificate is the same',
    fields: subject,
  },
  'files-lost': {
    level: 'error',
    message: 'Files of a volume were deleted and cannot be written again',
    fields: (event) => ({ ...subject(event), ...failed(event) }),
  },
  unpublished: { level: 'debug', message: 'Volume removed', fields: ({ volumeId }) => ({ volumeId }) },
  renewed: {
    level: 'info',
    message: 'Certificate renewed',
    fields: (event) => ({ ...subject(event), ...certificate(event) }),
  },
  'renewal-failed': {
    level: 'error',
    message: 'Renewal failed and will be tried again; the old certificate stays',
    fields: (event) => ({
      ...subject(event),
      ...failed(event),
      failures: event.failures,
      retryAt: event.retryAt.toISOString(),
      notAfterAt: event.notAfterAt?.toISOString(),
      requestName: event.requestName,
    }),
  },
  'issuance-failed': {
    level: 'info',
    message: 'Issuance failed',
    fields: (event) => ({ ...subject(event), ...failed(event), requestName: event.requestName }),
  },
  'issuance-abandoned': { level: 'info', message: 'Issuance given up: no call has asked for it for a while', fields: subject },
  waiting: {
    level: 'debug',
    message: 'Waiting for a certificate',
    fields: (event) => ({ ...subject(event), reason: event.reason, requestName: event.requestName }),
  },
  'still-waiting': {
    level: 'info',
    message: 'Still waiting for a certificate',
    fields: (event) => ({
      ...subject(event),
      reason: event.reason,
      requestName: event.requestName,
      sinceAt: event.sinceAt.toISOString(),
      notAfterAt: event.notAfterAt?.toISOString(),
    }),
  },
  'certificate-differs': {
    level: 'info',
    message: 'Certificate accepted though it is not quite what was asked for',
    fields: (event) => ({ ...subject(event), serial: event.serial, differences: event.differences.join(',') }),
  },
  'ca-missing': {
    level: 'info',
    message:
      'The CA file is empty: the issuer gave no CA, and its chain ends in no self-signed certificate; have the issuer give one (status.ca), or mount the CA from a ConfigMap',
    fields: (event) => ({ ...subject(event), serial: event.serial }),
  },
  'renew-before-too-long': {
    level: 'info',
    message: 'renew-before cannot be kept: it leaves less than a third of the lifetime between renewals',
    fields: (event) => ({ ...subject(event), renewBeforeMs: event.renewBeforeMs, lifetimeMs: event.lifetimeMs }),
  },
  'attributes-unknown': {
    level: 'info',
    message: 'Unknown volume attributes ignored',
    fields: (event) => ({ ...subject(event), attributes: event.attributes.join(',') }),
  },
  started: {
    level: 'info',
    message: 'Agent started',
    fields: ({ resumed, swept, setAside }) => ({ resumed, swept, setAside }),
  },
  'volume-resumed': {
    level: 'debug',
    message: 'Volume resumed',
    fields: ({ volumeId, renewAt }) => ({ volumeId, renewAt: renewAt.toISOString() }),
  },
  'volume-adopted': {
    level: 'info',
    message: "Volume of cert-manager's csi-driver adopted",
    fields: ({ volumeId, renewAt }) => ({ volumeId, renewAt: renewAt.toISOString() }),
  },
  'mounts-not-shared': {
    level: 'error',
    message:
      'Pods will not see their volumes: the data root is on no shared mount; set mountPropagation: Bidirectional (mount --make-rshared on the host)',
    fields: ({ path }) => ({ path }),
  },
  'state-remounted': {
    level: 'error',
    message: 'Somebody unmounted the state of all volumes; it was mounted again, and what it held is written again within a minute',
    fields: ({ path }) => ({ path }),
  },
  'state-lost': {
    level: 'error',
    message: 'Somebody unmounted the state of all volumes, and it cannot be mounted again; no certificate can be renewed',
    fields: (event) => ({ path: event.path, ...failed(event) }),
  },
  'volume-swept': { level: 'info', message: 'Undelivered volume swept', fields: ({ volumeId }) => ({ volumeId }) },
  'volume-set-aside': {
    level: 'error',
    message: 'Volume set aside: its files stay as they are',
    fields: (event) => ({ volumeId: event.volumeId, ...failed(event) }),
  },
  'cleanup-failed': {
    level: 'error',
    message: 'Something of a volume could not be removed',
    fields: (event) => ({ volumeId: event.volumeId, ...failed(event) }),
  },
  'request-created': {
    level: 'debug',
    message: 'Request created',
    fields: ({ volumeId, namespace, requestName }) => ({ volumeId, namespace, requestName }),
  },
  'request-deleted': {
    level: 'debug',
    message: 'Request deleted',
    fields: ({ namespace, requestName }) => ({ namespace, requestName }),
  },
  'api-unavailable': {
    level: 'error',
    message: 'Kubernetes API unavailable',
    fields: (event) => ({ ...failed(event), retryAt: event.retryAt.toISOString() }),
  },
  'startup-taint-removed': {
    level: 'info',
    message: 'Start-up taint removed from the node: pods may come',
    fields: ({ nodeName }) => ({ nodeName }),
  },
  'startup-taint-kept': {
    level: 'error',
    message: 'The start-up taint could not be removed from the node, and keeps pods away until it is; it is tried again',
    fields: (event) => ({ nodeName: event.nodeName, ...failed(event), retryAt: event.retryAt.toISOString() }),
  },
  'watch-opened': {
    level: 'debug',
    message: 'Watch opened',
    fields: ({ resource, resourceVersion }) => ({ resource, resourceVersion }),
  },
  'watch-lost': {
    level: 'info',
    message: 'Watch lost',
    fields: (event) => ({ resource: event.resource, ...failed(event), retryAt: event.retryAt.toISOString() }),
  },
};

/** Every kind of event there is. */
export const EVENT_KINDS = Object.keys(WORDINGS) as readonly AgentEvent['kind'][];

/** What the log says of every event of a kind, and how loud. */
export function wordsOf(kind: AgentEvent['kind']): Pick<EventLine, 'level' | 'message'> {
  return WORDINGS[kind];
}

/** The log line of an event. Fields are picked one by one, so that a new field of an event is not in the log by itself. */
export function describeEvent(event: AgentEvent): EventLine {
  // The table's type pairs each kind with its own event, which TypeScript cannot see through an index.
  const { level, message, fields } = WORDINGS[event.kind] as Wording<AgentEvent>;
  return { level, message, fields: fields(event) };
}

function subject({ volumeId, pod, issuer }: VolumeSubject): LogFields {
  return {
    volumeId,
    podNamespace: pod.namespace,
    podName: pod.name,
    podUid: pod.uid,
    issuerName: issuer.name,
    issuerKind: issuer.kind,
    issuerGroup: issuer.group,
  };
}

function certificate(event: { readonly serial: string; readonly notAfterAt: Date; readonly renewAt: Date }): LogFields {
  return { serial: event.serial, notAfterAt: event.notAfterAt.toISOString(), renewAt: event.renewAt.toISOString() };
}

function failed({ failure }: { readonly failure: Failure }): LogFields {
  return { code: failure.code, reason: failure.message };
}
