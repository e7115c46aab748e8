import { toFailure } from '../failure.ts';
import { requirePlace } from './bound.ts';
import { restoreBind } from './delivery.ts';
import { directoriesOf, glance } from './glance.ts';
import type { VolumeHome } from './home.ts';
import type { Installer } from './installer.ts';
import type { LostPurpose, Purpose } from './purpose.ts';
import type { RenewalPlan } from './renewal-plan.ts';
import { ensureState } from './root.ts';
import { isWhole, restoreRecord } from './restoration.ts';
import type { VolumeJournal } from './volume-journal.ts';
import type { VolumeTools } from './volume-tools.ts';

/** Keeps a mounted volume as it was made: what somebody deletes of it is written again, from what is left. */
export class Upkeep {
  readonly #tools: VolumeTools;
  readonly #home: VolumeHome;
  readonly #installer: Installer;
  readonly #journal: VolumeJournal;
  /** What a glance saw when all was there. */
  #seen = '';
  /** What was told last of what could not be restored. */
  #told = '';

  constructor(tools: VolumeTools, home: VolumeHome, installer: Installer, journal: VolumeJournal) {
    this.#tools = tools;
    this.#home = home;
    this.#installer = installer;
    this.#journal = journal;
  }

  /** The volume has just been made with its first set: there is nothing in it to be looked through. */
  begin(number: number): void {
    this.#seen = this.#watch(number);
  }

  /** Whether something was added or deleted since all was there. What csi-driver made is not looked after, nor what is being mended. */
  isDue({ current }: RenewalPlan): boolean {
    if (this.#home.isAdopted || this.#installer.isStateLost) return false;
    return glance(directoriesOf(this.#home, current?.number)) !== this.#seen;
  }

  /**
   * A disk step. What fails is told once, and tried again at each look.
   * @returns false where only a new certificate can help.
   */
  async restore(purpose: Purpose, plan: RenewalPlan): Promise<boolean> {
    // Seen before it is judged, so that what somebody deletes meanwhile counts the next time.
    const seen = this.#watch(plan.current?.number);
    try {
      // What is below the state tmpfs is no place for keys, and this step may come long after the look.
      await ensureState(this.#tools, this.#home.states);
      const restored = [await restoreRecord(this.#tools.disk, this.#home, purpose.request), await this.#restoreSet(purpose, plan)];
      if (restored.includes(true)) this.#journal.filesRestored(purpose);
      this.#told = '';
    } catch (error) {
      const failure = toFailure(error);
      if (failure.message !== this.#told) this.#journal.filesLost(purpose, failure);
      this.#told = failure.message;
      const isLost = failure.code === 'state-corrupt';
      if (isLost) this.#seen = seen;
      else this.#tools.changes.unwatch(this.#home.volumeId);
      return !isLost;
    }
    this.#seen = seen;
    return true;
  }

  /** Binds the volume again where its target has lost it. @throws {AgentError} as `restoreBind` of `delivery.ts`. */
  async restoreBind(purpose: Purpose | LostPurpose): Promise<void> {
    const isRestored = await restoreBind(this.#tools.disk, this.#home, purpose.targetPath);
    if (isRestored && purpose.spec !== undefined) this.#journal.bindRestored(purpose);
  }

  /** Has changes noticed from now on. @returns what a glance sees. */
  #watch(currentNumber: number | undefined): string {
    const directories = directoriesOf(this.#home, currentNumber);
    this.#tools.changes.watch(this.#home.volumeId, directories);
    return glance(directories);
  }

  async #restoreSet(purpose: Purpose, plan: RenewalPlan): Promise<boolean> {
    requirePlace(this.#home);
    const { current } = plan;
    if (current === undefined || (await isWhole(this.#home, purpose.spec.files, current))) return false;
    plan.moved(await this.#installer.reinstall(purpose, current));
    return true;
  }
}
