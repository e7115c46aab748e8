import type { Failure, StepDurations } from '../events.ts';
import { isAlike, toFailure } from '../failure.ts';
import type { Journal, Waiting } from '../ports.ts';
import type { Renewal } from '../schedule/renewal.ts';
import type { VolumeId } from '../volume-id.ts';
import type { LastingWait } from './long-wait.ts';
import type { Current } from './obtain.ts';
import { subjectOf } from './purpose.ts';
import type { Purpose } from './purpose.ts';
import type { RenewalPlan } from './renewal-plan.ts';

/** What a volume tells the journal: the events of `events.ts`, put together from what the volume knows. */
export class VolumeJournal {
  readonly #journal: Journal;
  readonly #volumeId: VolumeId;

  constructor(journal: Journal, volumeId: VolumeId) {
    this.#journal = journal;
    this.#volumeId = volumeId;
  }

  delivered(kind: 'published' | 'renewed', purpose: Purpose, { facts }: Current, renewal: Renewal, { took, lateMs }: Times): void {
    const subject = subjectOf(purpose);
    const { serial, notAfterAt } = facts;
    const { renewAt, lifetimeMs, renewBeforeTooLong } = renewal;
    const delivered = { ...subject, serial, notAfterAt, renewAt, took };
    this.#journal.note(kind === 'published' ? { kind, ...delivered } : { kind, ...delivered, lateMs });
    const { renewBeforeMs } = purpose.spec;
    if (renewBeforeTooLong && renewBeforeMs !== undefined) {
      this.#journal.note({ kind: 'renew-before-too-long', ...subject, renewBeforeMs, lifetimeMs });
    }
  }

  issuanceFailed(purpose: Purpose, error: unknown, request: Request): void {
    this.#journal.note({ kind: 'issuance-failed', ...subjectOf(purpose), failure: toFailure(error), ...request });
  }

  renewalFailed(purpose: Purpose, error: unknown, retryAt: Date, plan: RenewalPlan, request: Request): void {
    const { failures } = plan;
    const failed = { failure: toFailure(error), failures, retryAt, ...expiryOf(plan), ...request };
    this.#journal.note({ kind: 'renewal-failed', ...subjectOf(purpose), ...failed });
  }

  waiting(purpose: Purpose, why: Waiting): void {
    this.#journal.note({ kind: 'waiting', ...subjectOf(purpose), ...why });
  }

  stillWaiting(purpose: Purpose, wait: LastingWait, plan: RenewalPlan): void {
    this.#journal.note({ kind: 'still-waiting', ...subjectOf(purpose), ...wait, ...expiryOf(plan) });
  }

  abandoned(purpose: Purpose): void {
    this.#journal.note({ kind: 'issuance-abandoned', ...subjectOf(purpose) });
  }

  bindRestored(purpose: Purpose): void {
    this.#journal.note({ kind: 'bind-restored', ...subjectOf(purpose) });
  }

  filesRestored(purpose: Purpose): void {
    this.#journal.note({ kind: 'files-restored', ...subjectOf(purpose) });
  }

  filesLost(purpose: Purpose, failure: Failure): void {
    this.#journal.note({ kind: 'files-lost', ...subjectOf(purpose), failure });
  }

  /** @param before why it was set aside already: the same again is not told. */
  setAside(error: unknown, before: Failure | undefined): Failure {
    const failure = toFailure(error);
    if (before?.code === failure.code && isAlike(before.message, failure.message)) return failure;
    this.#journal.note({ kind: 'volume-set-aside', volumeId: this.#volumeId, failure });
    return failure;
  }

  unpublished(): void {
    this.#journal.note({ kind: 'unpublished', volumeId: this.#volumeId });
  }

  /** A function of its own, to be handed on. */
  readonly cleanupFailed = (error: unknown): void => {
    this.#journal.note({ kind: 'cleanup-failed', volumeId: this.#volumeId, failure: toFailure(error) });
  };
}

/** How long an issuance took, and how late a renewal came. */
interface Times {
  readonly took: StepDurations;
  readonly lateMs: number;
}

type Request = Pick<Waiting, 'requestName'>;

/** When the certificate in the volume ends; nothing before the first. */
function expiryOf({ current }: RenewalPlan): { readonly notAfterAt?: Date } {
  return current === undefined ? {} : { notAfterAt: current.facts.notAfterAt };
}
