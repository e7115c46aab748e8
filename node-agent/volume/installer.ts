import type { FileSet } from '../contents.ts';
import { renderFiles } from '../formats/render.ts';
import { renewalTime } from '../schedule/renewal.ts';
import { requirePlace } from './bound.ts';
import { deliver, inspectTarget } from './delivery.ts';
import type { Delivery } from './delivery.ts';
import { VolumeFiles, ensureDirectory } from './files.ts';
import type { VolumeHome } from './home.ts';
import type { Action } from './life.ts';
import { writeNextIssuance } from './metadata.ts';
import type { Current, Obtained } from './obtain.ts';
import type { Purpose } from './purpose.ts';
import { renewState } from './record.ts';
import { recover } from './restoration.ts';
import { ensureState } from './root.ts';
import { rotate, tidy } from './rotation.ts';
import { labelOf } from './selinux.ts';
import type { VolumeJournal } from './volume-journal.ts';
import type { VolumeTools } from './volume-tools.ts';

/** Puts certificates into one volume: the first by a delivery, each further one by a rotation. */
export class Installer {
  readonly #tools: VolumeTools;
  readonly #home: VolumeHome;
  readonly #journal: VolumeJournal;
  readonly #files: VolumeFiles;
  #isStateLost: boolean;

  /** @param isStateLost what the state directory has is of no use: the volume was set aside. */
  constructor(tools: VolumeTools, home: VolumeHome, journal: VolumeJournal, isStateLost: boolean) {
    this.#tools = tools;
    this.#home = home;
    this.#journal = journal;
    this.#files = new VolumeFiles(tools.disk, home);
    this.#isStateLost = isStateLost;
  }

  /** Whether the volume was set aside, and still has no state of any use. */
  get isStateLost(): boolean {
    return this.#isStateLost;
  }

  /** Looks for what would keep a certificate out before one is asked for. @throws {AgentError} */
  async requirePlace(isMounted: boolean, targetPath: string): Promise<void> {
    if (isMounted) requirePlace(this.#home);
    else await inspectTarget(targetPath);
  }

  /** Binds the volume without files. @throws {AgentError} as `Disk`; the volume is as it was before. */
  async bindEmpty(purpose: Purpose): Promise<void> {
    await ensureState(this.#tools, this.#home.states);
    await deliver(this.#tools.disk, this.#emptyDelivery(purpose), this.#journal.cleanupFailed);
  }

  /** @throws {AgentError} as `Disk`; the volume is as it was before. */
  async install(action: Action, purpose: Purpose, obtained: Obtained): Promise<Current> {
    await ensureState(this.#tools, this.#home.states);
    if (this.#isStateLost) await renewState(this.#tools.disk, this.#home, purpose.request);
    this.#isStateLost = false;
    switch (action) {
      case 'swap':
        return this.#swap(purpose, obtained);
      case 'deliver':
        return this.#deliver(purpose, obtained);
      default:
        throw new Error(`A certificate came that nothing is done with: ${action}`);
    }
  }

  async #deliver(purpose: Purpose, { made, set, facts, wasted }: Obtained): Promise<Current> {
    const delivery = { ...this.#emptyDelivery(purpose), first: { generation: { number: 1, ...made }, set } };
    await deliver(this.#tools.disk, delivery, this.#journal.cleanupFailed).catch((error: unknown) => {
      // kubelet tries again at once; with a renewal the back-off holds.
      wasted(error);
      throw error;
    });
    return currentOf(1, made, facts);
  }

  async #swap(purpose: Purpose, { made, set, facts }: Obtained): Promise<Current> {
    const number = await this.#rotate(purpose, made, set);
    const current = currentOf(number, made, facts);
    if (this.#home.isAdopted) await this.#tellPeer(current, purpose);
    return current;
  }

  /** Writes down for cert-manager's csi-driver, should it come back, when the volume that it made is due. */
  async #tellPeer({ facts, ...current }: Current, { spec: { renewBeforeMs } }: Purpose): Promise<void> {
    const { renewAt } = renewalTime({ volumeId: this.#home.volumeId, ...facts, ...current, renewBeforeMs });
    // The new set is there already: what fails here is told, and is no failed renewal.
    await writeNextIssuance(this.#tools.disk, this.#home, renewAt).catch(this.#journal.cleanupFailed);
  }

  /**
   * Writes the set that the volume has once more, from what is left of it. @returns its number.
   * @throws {AgentError} as `Disk`, and `state-corrupt` where its key or certificate are nowhere.
   */
  async reinstall(purpose: Purpose, current: Current): Promise<number> {
    const { files } = purpose.spec;
    const made = await recover(this.#home, files, current);
    return this.#rotate(purpose, made, await renderFiles(made.contents, files));
  }

  async #rotate({ spec }: Purpose, made: Obtained['made'], set: FileSet): Promise<number> {
    const { disk, clock } = this.#tools;
    // One that another driver made has no state of ours before its first renewal, and somebody may have taken it away.
    for (const directory of [this.#home.state, this.#home.partsDirectory]) await ensureDirectory(disk, directory, 0o700);
    return rotate(this.#files, { made, set, fsGroup: spec.files.fsGroup }, clock.now(), this.#journal.cleanupFailed);
  }

  #emptyDelivery(purpose: Purpose): Delivery {
    return { home: this.#home, ...purpose, selinuxLabel: labelOf(purpose.spec.selinuxLabel, this.#tools.selinuxLabel) };
  }

  /** Removes what no reader needs any more, such as what a process left that was killed. */
  async tidy(current: Current): Promise<void> {
    await tidy(this.#files, current.number, this.#tools.clock.now(), this.#journal.cleanupFailed);
  }
}

function currentOf(number: number, { renewals, lateMs, receivedAt }: Obtained['made'], facts: Obtained['facts']): Current {
  return { number, renewals, lateMs, receivedAt, facts };
}
