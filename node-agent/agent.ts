import { setImmediate as turn } from 'node:timers/promises';
import { AgentError, invalidRequest } from './errors.ts';
import type { Problem } from './errors.ts';
import { toFailure } from './failure.ts';
import type { Agent, Delivered, Health, PublishRequest, VolumeStats, VolumeStatus } from './ports.ts';
import { targetPathProblem } from './spec/request-fields.ts';
import { parseVolumeId } from './volume-id.ts';
import type { VolumeId } from './volume-id.ts';
import type { Ground, VolumeView } from './volume-view.ts';
import { admit } from './volume/admission.ts';
import { lookAtGround } from './volume/ground.ts';
import type { Home, VolumeHome } from './volume/home.ts';
import { isSharedAt } from './volume/mount-table.ts';
import { subjectOf } from './volume/purpose.ts';
import type { Beginning, Purpose } from './volume/purpose.ts';
import { refusal } from './volume/refusal.ts';
import { clearTarget, removeVolume } from './volume/removal.ts';
import { ensureState, prepareRoot, takeRoot } from './volume/root.ts';
import { Rounds } from './volume/rounds.ts';
import { takeStock } from './volume/stock.ts';
import type { Found } from './volume/stock.ts';
import { surroundingsOfNew } from './volume/surroundings.ts';
import { Volume } from './volume/volume.ts';
import type { VolumeTools } from './volume/volume-tools.ts';

/** What an agent is made of. */
export interface AgentDependencies extends VolumeTools {
  readonly home: Home;
}

/** The agent of one node: the map of its volumes. Each call finds or makes a volume and is passed on to it. */
export class NodeAgent implements Agent {
  readonly #tools: VolumeTools;
  readonly #home: Home;
  readonly #volumes = new Map<VolumeId, Volume>();
  /** Which of them has a target path. */
  readonly #byTarget = new Map<string, VolumeId>();
  /** Removals under way of volumes that are not in the map, one after another for each. */
  readonly #clearing = new Map<VolumeId, Promise<void>>();
  readonly #rounds: Rounds;
  /** The last look at what has changed, which may be under way. */
  #looking: Promise<void> = Promise.resolve();
  readonly #background = new AbortController();
  #letGo: (() => void) | undefined;

  constructor({ home, ...tools }: AgentDependencies) {
    this.#home = home;
    this.#tools = tools;
    this.#rounds = new Rounds(tools, () => void (this.#looking = this.#lookAround()));
  }

  async start(signal: AbortSignal): Promise<void> {
    const { disk, changes, issuers, pods, keys, agenda, journal } = this.#tools;
    this.#letGo = await takeRoot(disk, this.#home);
    changes.open(this.#home.root);
    const table = await prepareRoot(disk, this.#home);
    const { volumes, swept, setAside } = await takeStock(this.#tools, this.#home, table);
    signal.throwIfAborted();
    if (!isSharedAt(table, this.#home.root)) journal.note({ kind: 'mounts-not-shared', path: this.#home.root });
    const delivered = [...volumes.values()].flatMap(({ beginning }) =>
      beginning.kind === 'mounted' ? deliveredOf(beginning.purpose) : [],
    );
    issuers.start(delivered, this.#background.signal);
    pods?.start(this.#background.signal);
    for (const found of volumes.values()) this.#resume(found);
    keys.start(this.#background.signal);
    agenda.start(this.#background.signal);
    journal.note({ kind: 'started', resumed: delivered.length, swept, setAside });
  }

  async publish(request: PublishRequest, signal: AbortSignal): Promise<void> {
    // Mounted? is asked before anything is parsed: a parser that is stricter since an upgrade must not fail a republish.
    const known = this.#find(request.volumeId);
    if (known !== undefined) return known.publish(request, signal);
    const purpose = admit(request, this.#tools, surroundingsOfNew(this.#tools));
    if (this.#clearing.has(purpose.volumeId)) throw refusal(purpose.volumeId, 'refuse-busy');
    this.#requireFree(purpose.targetPath, `Cannot publish volume "${purpose.volumeId}"`);
    const attributes = purpose.spec.unknownAttributes;
    if (attributes.length > 0) this.#tools.journal.note({ kind: 'attributes-unknown', ...subjectOf(purpose), attributes });
    return this.#enter(this.#home.volume(purpose.volumeId), { kind: 'absent', purpose }).publish(request, signal);
  }

  async unpublish(volumeId: string, targetPath: string, signal: AbortSignal): Promise<void> {
    const problems = unpublishProblems(volumeId, targetPath);
    if (problems.length > 0) throw invalidRequest('Cannot unpublish', problems);
    const known = this.#find(volumeId);
    if (known?.targetPath === targetPath) return known.unpublish(signal);
    this.#requireFree(targetPath, `Cannot unpublish volume ${JSON.stringify(volumeId)}`);
    if (known === undefined) await this.#clear(volumeId, targetPath);
    else await clearTarget(this.#tools.disk, this.#home, targetPath);
  }

  renew(volumeId: VolumeId): void {
    this.#volumes.get(volumeId)?.renewWithNewKey();
  }

  *volumes(): Generator<VolumeStatus> {
    for (const volume of this.#volumes.values()) yield volume.status();
  }

  volume(volumeId: string): VolumeStatus | undefined {
    return this.#find(volumeId)?.status();
  }

  view(volumeId: string): VolumeView | undefined {
    return this.#find(volumeId)?.view();
  }

  ground(): Promise<Ground> {
    const targetPaths = [...this.#volumes.values()].map(({ targetPath }) => targetPath);
    return lookAtGround(this.#tools.disk, this.#home, targetPaths);
  }

  async stats(volumeId: string, volumePath: string): Promise<VolumeStats> {
    return this.#require({ volume_id: volumeId, volume_path: volumePath }, volumeId).stats(volumePath);
  }

  health(volumeId: string): Health {
    return this.#require({ volume_id: volumeId }, volumeId).status().health;
  }

  async close(): Promise<void> {
    this.#background.abort(new AgentError('issuance-aborted', 'The driver is shutting down'));
    await Promise.all([...this.#volumes.values()].map((volume) => volume.close()));
    // Whatever comes of a removal is told to whoever asked for it.
    await Promise.allSettled([this.#looking, ...this.#clearing.values()]);
    this.#tools.changes.close();
    this.#letGo?.();
    this.#letGo = undefined;
  }

  #find(volumeId: string): Volume | undefined {
    const parsed = parseVolumeId(volumeId);
    return parsed === undefined ? undefined : this.#volumes.get(parsed);
  }

  /** @throws {AgentError} `invalid-request` where one of the `fields` is empty, `volume-unknown` where nothing is known of the volume. */
  #require(fields: Readonly<Record<string, string>>, volumeId: string): Volume {
    const problems = Object.entries(fields).flatMap(([field, value]) => (value === '' ? [missing(field)] : []));
    if (problems.length > 0) throw invalidRequest('Cannot look at the volume', problems);
    const known = this.#find(volumeId);
    if (known === undefined)
      throw new AgentError('volume-unknown', `There is no volume ${JSON.stringify(volumeId.slice(0, 128))} on this node`);
    return known;
  }

  /** Removes whatever there is of a volume that nobody knows; no publish of it begins meanwhile. */
  #clear(unknown: string, targetPath: string): Promise<void> {
    const volumeId = parseVolumeId(unknown);
    if (volumeId === undefined) return clearTarget(this.#tools.disk, this.#home, targetPath);
    const before = this.#clearing.get(volumeId) ?? Promise.resolve();
    const removal = before
      .catch(() => undefined)
      .then(() => removeVolume(this.#tools.disk, this.#home.volume(volumeId), targetPath))
      // Its issuance may have failed for good, and what was told of that ends with the volume.
      .then(() => this.#tools.journal.note({ kind: 'unpublished', volumeId }))
      .finally(() => {
        if (this.#clearing.get(volumeId) === removal) this.#clearing.delete(volumeId);
      });
    this.#clearing.set(volumeId, removal);
    return removal;
  }

  /** One volume never takes away or covers the bind of another. @throws {AgentError} `target-differs` where a volume has the target. */
  #requireFree(targetPath: string, couldNot: string): void {
    const volumeId = this.#byTarget.get(targetPath);
    if (volumeId === undefined) return;
    throw new AgentError('target-differs', `${couldNot}: ${JSON.stringify(targetPath)} is the target path of volume "${volumeId}"`);
  }

  #enter(home: VolumeHome, beginning: Beginning): Volume {
    const { volumeId } = home;
    const { targetPath } = beginning.purpose;
    const volume = new Volume(this.#tools, home, beginning, () => this.#forget(volumeId, targetPath));
    this.#volumes.set(volumeId, volume);
    this.#byTarget.set(targetPath, volumeId);
    this.#tools.changes.unwatch(volumeId);
    this.#rounds.begin();
    return volume;
  }

  #forget(volumeId: VolumeId, targetPath: string): void {
    this.#volumes.delete(volumeId);
    this.#tools.changes.forget(volumeId);
    if (this.#byTarget.get(targetPath) === volumeId) this.#byTarget.delete(targetPath);
    if (this.#volumes.size === 0) this.#rounds.end();
  }

  /** Puts back what somebody took away: the place of all volumes' state, then whatever a volume lacks. */
  async #lookAround(): Promise<void> {
    const path = this.#home.state;
    try {
      await ensureState(this.#tools, path);
    } catch (error) {
      this.#tools.journal.note({ kind: 'state-lost', path, failure: toFailure(error) });
      return;
    }
    const changed = this.#tools.changes.take();
    for (const volumeId of changed === 'all' ? this.#volumes.keys() : changed) {
      if (this.#background.signal.aborted) return;
      // Looking through takes a millisecond, and after a start all have to be: calls are answered in between.
      if (this.#volumes.get(volumeId)?.look() === true) await turn();
    }
  }

  #resume({ home, beginning }: Found): void {
    const volume = this.#enter(home, beginning);
    if (beginning.kind !== 'mounted') return;
    const kind = home.isAdopted ? 'volume-adopted' : 'volume-resumed';
    this.#tools.journal.note({ kind, volumeId: home.volumeId, renewAt: volume.resume(beginning) });
  }
}

function deliveredOf({ volumeId, spec: { pod } }: Purpose): Delivered {
  return { volumeId, pod };
}

function unpublishProblems(volumeId: string, targetPath: string): Problem[] {
  const problems: Problem[] = [];
  if (volumeId === '') problems.push(missing('volume_id'));
  const wrong = targetPathProblem(targetPath);
  if (wrong !== undefined) problems.push(wrong);
  return problems;
}

function missing(field: string): Problem {
  return { field, why: 'is missing', cure: 'say which volume is meant' };
}
