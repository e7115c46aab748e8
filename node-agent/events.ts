import type { AgentErrorCode } from './errors.ts';
import type { VolumeId } from './volume-id.ts';
import type { IssuerReference, PodReference } from './wanted.ts';

/** Whose volume an event is about. */
export interface VolumeSubject {
  readonly volumeId: VolumeId;
  readonly pod: PodReference;
  readonly issuer: IssuerReference;
}

/** Why something failed: our code, and the message of an `AgentError` or of an issuer, never of anything that holds a key. */
export interface Failure {
  readonly code: AgentErrorCode | 'bug';
  readonly message: string;
}

/** In which way an issued certificate is not what was asked for, though it is accepted. */
export type Difference = 'subject' | 'additional-san' | 'fewer-usages' | 'lifetime' | 'chain-unverified';

/** What an issuance consists of: key and CSR; the request until it exists; its certificate until it is there and valid; the files. */
export type IssuanceStep = 'key' | 'create' | 'wait' | 'write';

/** How long each step took; an issuer that makes no request object has all of its time in `create`. */
export interface StepDurations {
  readonly keyMs: number;
  readonly createMs: number;
  readonly waitMs: number;
  readonly writeMs: number;
}

/** A certificate that is in its volume now. */
interface Delivered extends VolumeSubject {
  readonly serial: string;
  readonly notAfterAt: Date;
  readonly renewAt: Date;
  readonly took: StepDurations;
}

/** All that the agent has to tell: ids, names, serials, instants, counts, failures. No field can carry a key or a token. */
export type AgentEvent =
  | ({ readonly kind: 'published' } & Delivered)
  | ({ readonly kind: 'bind-restored' } & VolumeSubject)
  /** Somebody deleted files or state of the volume; the certificate is the same. */
  | ({ readonly kind: 'files-restored' } & VolumeSubject)
  | ({ readonly kind: 'files-lost'; readonly failure: Failure } & VolumeSubject)
  | { readonly kind: 'unpublished'; readonly volumeId: VolumeId }
  /** `lateMs` after it was due by the certificate before it; 0 where it came sooner. */
  | ({ readonly kind: 'renewed'; readonly lateMs: number } & Delivered)
  | ({
      readonly kind: 'renewal-failed';
      readonly failure: Failure;
      readonly failures: number;
      readonly retryAt: Date;
      readonly notAfterAt?: Date;
      readonly requestName?: string;
    } & VolumeSubject)
  | ({ readonly kind: 'issuance-failed'; readonly failure: Failure; readonly requestName?: string } & VolumeSubject)
  | ({ readonly kind: 'issuance-abandoned' } & VolumeSubject)
  | ({ readonly kind: 'waiting'; readonly reason: string; readonly requestName?: string } & VolumeSubject)
  | ({
      readonly kind: 'still-waiting';
      readonly reason: string;
      readonly requestName?: string;
      readonly sinceAt: Date;
      readonly notAfterAt?: Date;
    } & VolumeSubject)
  | ({ readonly kind: 'certificate-differs'; readonly serial: string; readonly differences: readonly Difference[] } & VolumeSubject)
  | ({ readonly kind: 'ca-missing'; readonly serial: string } & VolumeSubject)
  | ({ readonly kind: 'renew-before-too-long'; readonly renewBeforeMs: number; readonly lifetimeMs: number } & VolumeSubject)
  | ({ readonly kind: 'attributes-unknown'; readonly attributes: readonly string[] } & VolumeSubject)
  | { readonly kind: 'started'; readonly resumed: number; readonly swept: number; readonly setAside: number }
  | { readonly kind: 'mounts-not-shared'; readonly path: string }
  /** Somebody had unmounted the state tmpfs. */
  | { readonly kind: 'state-remounted'; readonly path: string }
  | { readonly kind: 'state-lost'; readonly path: string; readonly failure: Failure }
  | { readonly kind: 'volume-resumed'; readonly volumeId: VolumeId; readonly renewAt: Date }
  /** Made by cert-manager's csi-driver and still as it made it, but that we renew it. */
  | { readonly kind: 'volume-adopted'; readonly volumeId: VolumeId; readonly renewAt: Date }
  | { readonly kind: 'volume-swept'; readonly volumeId: VolumeId }
  | { readonly kind: 'volume-set-aside'; readonly volumeId: string; readonly failure: Failure }
  | { readonly kind: 'cleanup-failed'; readonly volumeId: string; readonly failure: Failure }
  | { readonly kind: 'request-created'; readonly volumeId: VolumeId; readonly namespace: string; readonly requestName: string }
  | { readonly kind: 'request-deleted'; readonly namespace: string; readonly requestName: string }
  | { readonly kind: 'api-unavailable'; readonly failure: Failure; readonly retryAt: Date }
  /** No pod comes to the node while it has that taint. */
  | { readonly kind: 'startup-taint-removed'; readonly nodeName: string }
  | { readonly kind: 'startup-taint-kept'; readonly nodeName: string; readonly failure: Failure; readonly retryAt: Date }
  | { readonly kind: 'watch-opened'; readonly resource: string; readonly resourceVersion: string }
  | { readonly kind: 'watch-lost'; readonly resource: string; readonly failure: Failure; readonly retryAt: Date };
