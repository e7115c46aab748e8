import { toFailure } from '../failure.ts';
import type { Failing } from '../ports.ts';
import { retryAt } from '../schedule/backoff.ts';
import { renewalTime } from '../schedule/renewal.ts';
import type { Renewal } from '../schedule/renewal.ts';
import { resumeAt } from '../schedule/resume.ts';
import type { VolumeId } from '../volume-id.ts';
import type { Current } from './obtain.ts';
import type { VolumeTools } from './volume-tools.ts';

/** What a plan needs of a volume's tools; of the agenda, only its own entry. */
export interface PlanTools extends Pick<VolumeTools, 'clock' | 'random'> {
  readonly agenda: Pick<VolumeTools['agenda'], 'set' | 'setIn' | 'remove'>;
}

/** When a volume's certificate is renewed: one entry in the agenda, computed from the certificate and never stored. */
export class RenewalPlan {
  readonly #tools: PlanTools;
  readonly #volumeId: VolumeId;
  readonly #due: () => void;
  #current: Current | undefined;
  #failing: Failing | undefined;
  #renewAt: Date | undefined;
  /** When the renewal was due before anything went wrong: neither an attempt that failed nor a restart moves it. */
  #dueAt: Date | undefined;
  /** Whether somebody wished for a new key, and whether the attempt under way, or after a failure the next, makes one. */
  #newKey: 'unasked' | 'wished' | 'coming' = 'unasked';

  constructor(tools: PlanTools, volumeId: VolumeId, due: () => void) {
    this.#tools = tools;
    this.#volumeId = volumeId;
    this.#due = due;
  }

  /** The certificate in the volume; undefined until there is one. */
  get current(): Current | undefined {
    return this.#current;
  }

  /** When the next attempt is due, or the one under way was; undefined until there is a certificate. */
  get renewAt(): Date | undefined {
    return this.#renewAt;
  }

  /** For how long by now the renewal has been due; 0 before that, and for a first certificate. */
  get lateMs(): number {
    return this.#dueAt === undefined ? 0 : Math.max(0, this.#tools.clock.now().getTime() - this.#dueAt.getTime());
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failing?.failures ?? 0;
  }

  /** Undefined unless the last attempt failed. */
  get failing(): Failing | undefined {
    return this.#failing;
  }

  /** A certificate is in the volume: its renewal is due in its time. */
  follow(current: Current, renewBeforeMs: number | undefined): Renewal {
    this.#current = current;
    this.#failing = undefined;
    const renewal = renewalTime({ volumeId: this.#volumeId, ...current, ...current.facts, renewBeforeMs });
    this.#dueAt = renewal.renewAt;
    // What came of an attempt that had its key already when the wish came is not what was wished for.
    this.#enter(this.#newKey === 'wished' ? this.#tools.clock.now() : renewal.renewAt);
    if (this.#newKey === 'coming') this.#newKey = 'unasked';
    return renewal;
  }

  /** The same after a restart: what fell due meanwhile is spread. */
  resume(current: Current, renewBeforeMs: number | undefined): Date {
    const { renewAt } = this.follow(current, renewBeforeMs);
    const { notAfterAt } = current.facts;
    return this.#enter(resumeAt({ volumeId: this.#volumeId, dueAt: renewAt, notAfterAt, now: this.#tools.clock.now() }));
  }

  /** The same for a certificate that cannot be read, by what the driver planned that put it there. */
  resumeAsPlanned(dueAt: Date): Date {
    this.#dueAt = dueAt;
    return this.#enter(resumeAt({ volumeId: this.#volumeId, dueAt, now: this.#tools.clock.now() }));
  }

  /** The same certificate is in another set now. */
  moved(number: number): void {
    this.#current = this.#current && { ...this.#current, number };
  }

  /** From now on until a certificate has come of it, no attempt uses the old key. */
  wishForNewKey(): void {
    this.#newKey = 'wished';
  }

  /** Somebody wished for one, and no certificate has come of it. */
  get isNewKeyAwaited(): boolean {
    return this.#newKey !== 'unasked';
  }

  /** @returns whether the attempt that chooses its key now must make a new one. */
  takeKeyWish(): boolean {
    if (this.#newKey === 'wished') this.#newKey = 'coming';
    return this.#newKey === 'coming';
  }

  /** An attempt failed: the next is due after a back-off. */
  backOff(error: unknown): Date {
    const { agenda, clock, random } = this.#tools;
    const now = clock.now();
    const failures = (this.#failing?.failures ?? 0) + 1;
    const dueAt = this.#renewAt !== undefined && this.#renewAt < now ? this.#renewAt : now;
    this.#failing = { failures, sinceAt: this.#failing?.sinceAt ?? dueAt, failure: toFailure(error) };
    this.#renewAt = retryAt({ failures, now, validity: this.#current?.facts, random });
    agenda.setIn(this.#volumeId, this.#renewAt.getTime() - now.getTime(), this.#due);
    return this.#renewAt;
  }

  /** An attempt is under way, or the volume is leaving: nothing is to be begun. */
  clear(): void {
    this.#tools.agenda.remove(this.#volumeId);
  }

  #enter(renewAt: Date): Date {
    this.#renewAt = renewAt;
    this.#tools.agenda.set(this.#volumeId, renewAt, this.#due);
    return renewAt;
  }
}
