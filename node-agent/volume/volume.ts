import { AgentError } from '../errors.ts';
import type { Failure } from '../events.ts';
import type { StepTimes } from '../issuance/step-times.ts';
import type { PublishRequest, VolumeStats, VolumeStatus, Waiting } from '../ports.ts';
import type { VolumeView } from '../volume-view.ts';
import { waitUntilAborted } from '../wait.ts';
import type { VolumeHome } from './home.ts';
import { Installer } from './installer.ts';
import { Issuing } from './issuing.ts';
import { next, type Action, type Life, type LifeEvent } from './life.ts';
import { admitMending } from './mending.ts';
import { obtain, type Current } from './obtain.ts';
import { PodToken } from './pod-token.ts';
import { comparePurpose, type Beginning, type LostPurpose, type Purpose } from './purpose.ts';
import { refusal } from './refusal.ts';
import { removeVolume } from './removal.ts';
import { RenewalPlan } from './renewal-plan.ts';
import { resolveSpec } from './resolution.ts';
import { Serial } from './serial.ts';
import { statusOf } from './status.ts';
import { Upkeep } from './upkeep.ts';
import { measure } from './usage.ts';
import { viewVolume } from './view.ts';
import { VolumeJournal } from './volume-journal.ts';
import type { VolumeTools } from './volume-tools.ts';

/**
 * One volume: performs what `life.ts` decides. It owns its issuance; calls only wait for it. Disk steps run one after
 * another; the network is never waited for among them.
 */
export class Volume {
  readonly #tools: VolumeTools;
  readonly #home: VolumeHome;
  readonly #forget: () => void;
  readonly #installer: Installer;
  readonly #upkeep: Upkeep;
  readonly #plan: RenewalPlan;
  readonly #journal: VolumeJournal;
  readonly #issuing: Issuing;
  readonly #podToken: PodToken;
  readonly #steps = new Serial();
  #purpose: Purpose | LostPurpose;
  #life: Life;
  /** Why the volume was set aside, if it was. */
  #setAside: Failure | undefined;
  #removal: Promise<void> | undefined;
  #startedFirst: boolean;
  #isClosed = false;

  /** @param forget called once nothing of the volume is left. */
  constructor(tools: VolumeTools, home: VolumeHome, { purpose, ...beginning }: Beginning, forget: () => void) {
    this.#tools = tools;
    this.#home = home;
    this.#forget = forget;
    this.#journal = new VolumeJournal(tools.journal, home.volumeId);
    this.#plan = new RenewalPlan(tools, home.volumeId, () => this.renew());
    this.#issuing = new Issuing(tools, home.volumeId, {
      run: (waiting, signal) => this.#issue(waiting, signal),
      waiting: (why) => this.#journal.waiting(this.#known(), why),
      stillWaiting: (wait) => this.#journal.stillWaiting(this.#known(), wait, this.#plan),
      abandoned: () => this.#abandon(),
    });
    this.#podToken = new PodToken(tools);
    this.#purpose = purpose;
    this.#installer = new Installer(tools, home, this.#journal, beginning.kind === 'broken');
    this.#upkeep = new Upkeep(tools, home, this.#installer, this.#journal);
    this.#setAside = beginning.kind === 'broken' ? beginning.failure : undefined;
    this.#life = beginning.kind === 'mounted' ? { kind: 'mounted', issuing: false } : { kind: beginning.kind };
    this.#startedFirst = beginning.kind === 'mounted' && beginning.current === undefined && beginning.plannedAt === undefined;
  }

  /** Where it is bound, or will be. */
  get targetPath(): string {
    return this.#purpose.targetPath;
  }

  /** Goes on where the last process stopped: the renewal in its time, or the first certificate that is still missing. @returns when. */
  resume({ current, plannedAt }: Pick<Beginning & { kind: 'mounted' }, 'current' | 'plannedAt'>): Date {
    if (plannedAt !== undefined) return this.#plan.resumeAsPlanned(plannedAt);
    if (current === undefined) {
      this.renew();
      return this.#tools.clock.now();
    }
    void this.#steps.run(() => this.#installer.tidy(current));
    return this.#plan.resume(current, this.#purpose.spec?.renewBeforeMs);
  }

  /** @throws {AgentError} what stopped the issuance, or why the volume cannot be published like this. */
  async publish(request: PublishRequest, signal: AbortSignal): Promise<void> {
    const setAside = (error: unknown) => (this.#setAside = this.#journal.setAside(error, this.#setAside));
    const mended = this.#life.kind === 'broken' ? admitMending(request, this.#tools, setAside) : undefined;
    const comparison = comparePurpose(this.#purpose, request);
    const action = this.#step({ kind: 'publish', comparison, isUnusable: mended === undefined });
    if (comparison === 'same') this.#podToken.keep(request, (mended ?? this.#purpose).spec);
    switch (action) {
      case 'issue':
      case 'join':
        return this.#issuing.join(signal);
      case 'accept':
      case 'tolerate':
      case 'mend':
        this.#purpose = mended ?? this.#purpose;
        // Nobody waits for it: the volume is mounted, so its publish is answered with OK, and a failure is told by the journal.
        if (action === 'mend') this.#issuing.start();
        return this.#steps.run(() => this.#upkeep.restoreBind(this.#purpose));
      default:
        throw refusal(this.#home.volumeId, action);
    }
  }

  /**
   * Ends the issuance and awaits its end, then removes all that is there. The removal goes on when the caller gives up.
   * @throws {AgentError} `volume-busy` when it gave up, or what the disk says.
   */
  async unpublish(signal: AbortSignal): Promise<void> {
    this.#step({ kind: 'unpublish' });
    this.#removal ??= this.#remove().finally(() => (this.#removal = undefined));
    const why = `Volume "${this.#home.volumeId}" is still being removed: its issuance has not ended yet`;
    return waitUntilAborted(this.#removal, signal, () => new AgentError('volume-busy', why));
  }

  /** Makes the next renewal due now; nothing is begun once the volume is closed. */
  renew(): void {
    if (this.#isClosed || this.#step({ kind: 'due' }) !== 'renew') return;
    this.#plan.clear();
    this.#issuing.start();
  }

  /** The same by somebody's wish, who has a new key in mind also where the pod would have the old one. */
  renewWithNewKey(): void {
    if (this.#purpose.spec?.reusePrivateKey === true) this.#plan.wishForNewKey();
    this.renew();
  }

  /** Has what somebody deleted of the volume written again. @returns whether it has to be looked through for that. */
  look(): boolean {
    if (this.#life.kind !== 'mounted' || !this.#upkeep.isDue(this.#plan)) return false;
    void this.#steps.run(async () => {
      if (this.#life.kind === 'mounted' && !(await this.#upkeep.restore(this.#known(), this.#plan))) this.renew();
    });
    return true;
  }

  status(): VolumeStatus {
    const { waiting } = this.#issuing;
    const seen = { life: this.#life, purpose: this.#purpose, plan: this.#plan, waiting, setAside: this.#setAside };
    return statusOf(this.#home.volumeId, { ...seen, startedFirst: this.#startedFirst }, this.#tools.clock.now());
  }

  /** What its pod sees of it. */
  view(): VolumeView {
    return viewVolume(this.#home, this.#purpose.spec);
  }

  /** @throws {AgentError} `volume-unknown` where the volume is not published at the path. */
  async stats(volumePath: string): Promise<VolumeStats> {
    // Among the disk steps, so that nothing is unmounted between two looks.
    const measured = await this.#steps.run(() => measure(this.#home, this.#purpose.targetPath, volumePath));
    return { ...measured, health: this.status().health };
  }

  /** Ends the issuance, and what is under way on the disk; leaves the mount and the files alone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#issuing.abort(new AgentError('issuance-aborted', 'The driver is shutting down; another one will go on'));
    await this.#steps.run(async () => undefined);
  }

  #step(event: LifeEvent): Action {
    const { life, action } = next(this.#life, event);
    this.#life = life;
    return action;
  }

  /** One issuance from key to files; tells the state machine how it ended. */
  async #issue(waiting: (why: Waiting) => void, signal: AbortSignal): Promise<void> {
    try {
      const purpose = this.#known();
      await this.#installer.requirePlace(this.#life.kind === 'mounted', purpose.targetPath);
      const spec = await resolveSpec(this.#tools, purpose, { startFirst: () => this.#startFirst(purpose, signal), waiting, signal });
      const wish = { home: this.#home, spec, plan: this.#plan, podToken: this.#podToken.read };
      const obtained = await obtain(this.#tools, wish, waiting, signal);
      await this.#steps.run(async () => {
        // Aborted means that the volume is leaving or the process ends: what came is dropped before it touches the disk.
        signal.throwIfAborted();
        const current = await this.#installer.install(this.#step({ kind: 'issued' }), purpose, obtained);
        // Within the step, so that the next one knows of it.
        this.#delivered(current, obtained.steps);
      });
    } catch (error) {
      this.#failed(error, signal);
      throw error;
    }
  }

  /** Binds the volume without files, so that its pod starts: the first set comes by a swap. */
  async #startFirst(purpose: Purpose, signal: AbortSignal): Promise<void> {
    if (this.#step({ kind: 'deferred' }) !== 'bind') return;
    await this.#steps.run(() => {
      signal.throwIfAborted();
      return this.#installer.bindEmpty(purpose);
    });
    if (this.#step({ kind: 'bound' }) !== 'release') return;
    this.#startedFirst = true;
    this.#issuing.release();
  }

  #delivered(current: Current, steps: StepTimes): void {
    this.#issuing.ended();
    if (this.#life.kind === 'issuing') this.#upkeep.begin(current.number);
    const kind = this.#life.kind === 'issuing' || this.#startedFirst ? 'published' : 'renewed';
    this.#startedFirst = false;
    if (this.#step({ kind: 'delivered' }) !== 'schedule') return;
    const purpose = this.#known();
    const times = { took: steps.read(), lateMs: this.#plan.lateMs };
    this.#journal.delivered(kind, purpose, current, this.#plan.follow(current, purpose.spec.renewBeforeMs), times);
  }

  #failed(error: unknown, signal: AbortSignal): void {
    const { request } = this.#issuing;
    this.#issuing.ended();
    const action = this.#step({ kind: 'failed' });
    if (action === 'forget') this.#forget();
    // Also where it was abandoned just as it was bound. What was ended on purpose is no failure to report.
    const retryAt = action === 'back-off' ? this.#plan.backOff(error) : undefined;
    if (signal.aborted) return;
    if (action === 'forget') this.#journal.issuanceFailed(this.#known(), error, request);
    if (retryAt !== undefined) this.#journal.renewalFailed(this.#known(), error, retryAt, this.#plan, request);
  }

  #abandon(): void {
    if (this.#step({ kind: 'abandoned' }) !== 'abort') return;
    this.#journal.abandoned(this.#known());
    void this.#issuing.abort(new AgentError('issuance-aborted', 'Nobody has waited for the certificate for ten minutes'));
  }

  async #remove(): Promise<void> {
    this.#plan.clear();
    await this.#issuing.abort(new AgentError('issuance-aborted', `Volume "${this.#home.volumeId}" is being unpublished`));
    await this.#steps.run(() => removeVolume(this.#tools.disk, this.#home, this.#purpose.targetPath));
    if (this.#step({ kind: 'removed' }) === 'forget') this.#forget();
    this.#journal.unpublished();
  }

  #known(): Purpose {
    if (this.#purpose.spec === undefined) throw new Error(`Volume "${this.#home.volumeId}" has no purpose`);
    return this.#purpose;
  }
}
