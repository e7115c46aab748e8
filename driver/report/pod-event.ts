import type { AgentEvent, Failure } from '../../node-agent/events.ts';
import { formatGoDuration } from '../../node-agent/go-duration.ts';
import { withRequestName } from '../../node-agent/named-request.ts';
import type { VolumeId } from '../../node-agent/volume-id.ts';
import type { PodReference } from '../../node-agent/wanted.ts';

/** What an event on a pod is, by its reason. */
interface Kind {
  readonly type: 'Normal' | 'Warning';
  /** What was being done (events.k8s.io/v1 `action`). */
  readonly action: 'ReadAttributes' | 'IssueCertificate' | 'RenewCertificate' | 'BindVolume' | 'RestoreFiles';
  /** It is over as soon as the volume has a new certificate, see {@link endedBy}. */
  readonly isTrouble?: true;
}

/** Every reason there is. Machines read them: they stay as they are. docs/events.md says what each means. */
export const POD_EVENT_KINDS = {
  AttributeUnknown: { type: 'Warning', action: 'ReadAttributes' },
  CertificateWaiting: { type: 'Warning', action: 'IssueCertificate', isTrouble: true },
  CertificateDenied: { type: 'Warning', action: 'IssueCertificate', isTrouble: true },
  CertificateRequestFailed: { type: 'Warning', action: 'IssueCertificate', isTrouble: true },
  CertificateRefused: { type: 'Warning', action: 'IssueCertificate', isTrouble: true },
  IssuanceFailed: { type: 'Warning', action: 'IssueCertificate', isTrouble: true },
  CertificateDiffers: { type: 'Normal', action: 'IssueCertificate' },
  RenewBeforeIgnored: { type: 'Warning', action: 'RenewCertificate' },
  RenewalFailed: { type: 'Warning', action: 'RenewCertificate', isTrouble: true },
  RenewalRecovered: { type: 'Normal', action: 'RenewCertificate' },
  MountRestored: { type: 'Warning', action: 'BindVolume' },
  FilesRestored: { type: 'Warning', action: 'RestoreFiles' },
  FilesLost: { type: 'Warning', action: 'RestoreFiles', isTrouble: true },
} as const satisfies Readonly<Record<string, Kind>>;

/** A reason of {@link POD_EVENT_KINDS}. */
export type PodEventReason = keyof typeof POD_EVENT_KINDS;

const TROUBLES = (Object.keys(POD_EVENT_KINDS) as PodEventReason[]).filter((reason) => 'isTrouble' in POD_EVENT_KINDS[reason]);

/** What a pod's owner is told. */
export interface PodEvent {
  readonly volumeId: VolumeId;
  readonly pod: PodReference;
  readonly reason: PodEventReason;
  readonly note: string;
  /** The CertificateRequest that it is about, in the pod's namespace. */
  readonly requestName?: string;
}

type EventOf<Kind extends AgentEvent['kind']> = Extract<AgentEvent, { readonly kind: Kind }>;
type Telling = Pick<PodEvent, 'reason' | 'note'>;
type Wording<Event> = (event: Event) => Telling;

interface FailedRequest {
  readonly failure: Failure;
  readonly requestName?: string;
}

/** Which events are told on the pod; the others are for the operators of the node. `renewed` is told where there was trouble before. */
const WORDINGS: { readonly [Kind in AgentEvent['kind']]?: Wording<EventOf<Kind>> } = {
  'attributes-unknown': ({ attributes }) => ({
    reason: 'AttributeUnknown',
    note: `Unknown volume attributes are ignored: ${attributes.join(', ')}`,
  }),
  'still-waiting': (event) => ({
    reason: 'CertificateWaiting',
    note: `Waiting for a ${ending(event, 'certificate')}: ${withRequestName(event.reason, event)}`,
  }),
  'issuance-failed': notIssued,
  'certificate-differs': ({ differences }) => ({
    reason: 'CertificateDiffers',
    note: `The certificate was accepted though it is not quite what was asked for: ${differences.join(', ')}`,
  }),
  'renew-before-too-long': ({ renewBeforeMs, lifetimeMs }) => ({
    reason: 'RenewBeforeIgnored',
    note:
      `renew-before ${formatGoDuration(renewBeforeMs)} cannot be kept with a lifetime of ${formatGoDuration(lifetimeMs)}: ` +
      'at least a third of it lies between two renewals',
  }),
  // A pod that started before its certificate has none to be replaced yet.
  'renewal-failed': (event) => (event.notAfterAt === undefined ? notIssued(event) : notRenewed(event, event.notAfterAt)),
  renewed: ({ notAfterAt }) => ({
    reason: 'RenewalRecovered',
    note: `The certificate was renewed after all, and ends at ${notAfterAt.toISOString()}`,
  }),
  'bind-restored': () => ({ reason: 'MountRestored', note: 'The volume was no longer mounted in the pod’s folder, and was mounted again' }),
  'files-restored': () => ({
    reason: 'FilesRestored',
    note: 'Somebody had deleted files of the volume, or what the driver knows of it; they were written again, and the certificate is the same',
  }),
  'files-lost': ({ failure }) => ({
    reason: 'FilesLost',
    note: `Files of the volume were deleted and cannot be written again: ${failure.message}`,
  }),
};

/** The troubles that an event puts an end to, where there were any: a new certificate ends all of them. */
export function endedBy({ kind }: AgentEvent): readonly PodEventReason[] {
  if (kind === 'published' || kind === 'renewed') return TROUBLES;
  return kind === 'files-restored' ? ['FilesLost'] : [];
}

/** @returns what the pod is told of an event, if anything. */
export function podEventOf(event: AgentEvent): PodEvent | undefined {
  // The table's type pairs each kind with its own event, which TypeScript cannot see through an index.
  const wording = WORDINGS[event.kind] as Wording<AgentEvent> | undefined;
  if (wording === undefined || !('pod' in event)) return undefined;
  const { volumeId, pod } = event;
  const request = 'requestName' in event && event.requestName !== undefined ? { requestName: event.requestName } : {};
  return { volumeId, pod, ...wording(event), ...request };
}

function notIssued(event: FailedRequest): Telling {
  return { reason: reasonOf(event.failure), note: `No certificate was issued: ${withRequestName(event.failure.message, event)}` };
}

function notRenewed(event: FailedRequest, notAfterAt: Date): Telling {
  const note = `The certificate was not replaced by a ${ending({ notAfterAt }, 'one')}: ${withRequestName(event.failure.message, event)}`;
  return { reason: 'RenewalFailed', note };
}

function reasonOf({ code }: Failure): PodEventReason {
  if (code === 'request-denied') return 'CertificateDenied';
  if (code === 'request-failed' || code === 'request-deleted') return 'CertificateRequestFailed';
  return code === 'certificate-refused' ? 'CertificateRefused' : 'IssuanceFailed';
}

/** First, since a note may be cut at its end. */
function ending({ notAfterAt }: { readonly notAfterAt?: Date }, what: string): string {
  return notAfterAt === undefined ? what : `new ${what} (the old one ends at ${notAfterAt.toISOString()})`;
}
