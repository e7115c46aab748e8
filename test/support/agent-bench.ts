import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { Kubelet, volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { NodeAgent } from '../../node-agent/agent.ts';
import { DAY_MS } from '../../node-agent/clock.ts';
import type { AgentError } from '../../node-agent/errors.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import { createKeySource } from '../../node-agent/issuance/keys.ts';
import { openLocalCa } from '../../node-agent/issuers/local/local-ca.ts';
import { createIssuerRegistry } from '../../node-agent/issuers/registry.ts';
import type { VolumeStatus } from '../../node-agent/ports.ts';
import type { ReadinessGate } from '../../node-agent/readiness-gate.ts';
import { Agenda } from '../../node-agent/schedule/agenda.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import type { VolumeId } from '../../node-agent/volume-id.ts';
import { Changes } from '../../node-agent/volume/changes.ts';
import { createDisk } from '../../node-agent/volume/disk.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import type { Home, VolumeHome } from '../../node-agent/volume/home.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { localCaVolume } from './local-ca-volume.ts';
import { ManualClock } from './manual-clock.ts';
import { RecordedJournal } from './recorded-journal.ts';
import { ToldPods } from './told-pods.ts';
import { mountsBelow, temporaryFolder } from './temporary-folder.ts';
import { lookAtVolume, readVolume, treeOf } from './volume-facts.ts';
import type { VolumeFacts } from './volume-facts.ts';
import { wireRequest } from './wire-request.ts';

const never = new AbortController().signal;

const MARKER = localCaVolume('marker', '3h');

/** One agent after another on the same data root with real mounts, a disk and a local CA that fail when told to, and a manual clock. */
export class AgentBench {
  readonly clock = new ManualClock();
  readonly disk: FaultyDisk;
  readonly home: Home;
  readonly kubelet: Kubelet;
  /** What the API tells of pods. */
  readonly pods = new ToldPods();
  /** Those of the next agent. */
  gates: readonly ReadinessGate[] = [];
  /** What the issuer fails with, while there is such a thing. */
  issuerFailure: AgentError | undefined;
  /** The pods' tokens that the issuer was given, by agents that are started while this is set; it asks for none otherwise. */
  podTokens: string[] | undefined;
  /** What the kernel tells the agent that runs. */
  changes = new Changes();
  #orders = 0;
  readonly #folder: string;
  readonly #dataRoot: string;

  #agent: NodeAgent | undefined;
  #agenda: Agenda | undefined;
  #journal = new RecordedJournal();

  constructor(folder: string) {
    this.#folder = folder;
    this.#dataRoot = join(folder, 'data');
    this.home = createHome(this.#dataRoot);
    this.disk = new FaultyDisk(createDisk(this.home));
    this.kubelet = new Kubelet({ socketPath: '', rootDir: join(folder, 'kubelet') });
    mkdirSync(join(folder, 'ca'));
  }

  /** What the agent that runs noted. */
  get journal(): RecordedJournal {
    return this.#journal;
  }

  /**
   * How often the issuer was asked since the first agent. An issuance that begins now asks after all that are under way, since their keys
   * are made at once: once it has ended they have asked too.
   */
  async orders(): Promise<number> {
    await this.publish(MARKER);
    await this.unpublish(MARKER);
    return this.#orders;
  }

  get agent(): NodeAgent {
    assert.ok(this.#agent !== undefined, 'no agent was started');
    return this.#agent;
  }

  /** How many instants the agent waits for. */
  get timers(): number {
    return this.#agenda?.size ?? 0;
  }

  /** Ends the agent, if one runs, and starts the next. */
  async start(): Promise<void> {
    await this.close();
    const { clock, home, pods, gates } = this;
    const { disk } = this.disk;
    this.#journal = new RecordedJournal();
    const localCa = await openLocalCa({ directory: join(this.#folder, 'ca'), maximumDurationMs: 30 * DAY_MS, clock, disk });
    const issuers = createIssuerRegistry({
      localCa: {
        ...localCa,
        usesPodToken: this.podTokens !== undefined,
        issue: async (...order) => {
          if (order[0].pod.name !== MARKER.pod.name) this.#orders += 1;
          if (this.issuerFailure !== undefined) throw this.issuerFailure;
          this.podTokens?.push(await order[0].podToken(order[1], order[2]));
          return localCa.issue(...order);
        },
      },
    });
    this.changes = new Changes();
    const agenda = new Agenda({ clock, failed: rise });
    this.#agenda = agenda;
    const keys = createKeySource({ clock });
    this.#agent = new NodeAgent({
      clock,
      disk,
      home,
      journal: this.#journal,
      agenda,
      changes: this.changes,
      keys,
      issuers,
      nodeName: 'node',
      pods,
      gates,
      random: () => 0.5,
    });
    await this.#agent.start(never);
  }

  async close(): Promise<void> {
    await this.#agent?.close();
  }

  targetPath(volume: InlineVolume): string {
    return this.kubelet.targetPath(volume);
  }

  homeOf(volume: InlineVolume): VolumeHome {
    return this.home.volume(idOf(volume));
  }

  /** Makes the target's parent, as kubelet does, and publishes. */
  async publish(volume: InlineVolume, signal: AbortSignal = never): Promise<void> {
    mkdirSync(dirname(this.targetPath(volume)), { recursive: true });
    await this.agent.publish(wireRequest(this.kubelet, volume), signal);
  }

  unpublish(volume: InlineVolume): Promise<void> {
    return this.agent.unpublish(idOf(volume), this.targetPath(volume), never);
  }

  /** What the agent says of the volume; undefined where it knows none. */
  status(volume: InlineVolume): VolumeStatus | undefined {
    return [...this.agent.volumes()].find(({ volumeId }) => volumeId === idOf(volume));
  }

  /** Moves time on to when the volume's next renewal is due, and awaits how that ends. */
  async passDue(volume: InlineVolume): Promise<AgentEvent> {
    const renewAt = this.status(volume)?.renewAt;
    assert.ok(renewAt !== undefined, 'no renewal is planned');
    const ended = this.nextEnd(volume);
    await this.clock.advance(renewAt.getTime() - this.clock.now().getTime());
    return ended;
  }

  /** The next certificate in the volume, or `renewal-failed`. */
  nextEnd(volume: InlineVolume): Promise<AgentEvent> {
    return this.journal.next((event) => {
      const isEnd = event.kind === 'published' || event.kind === 'renewed' || event.kind === 'renewal-failed';
      return isEnd && event.volumeId === idOf(volume);
    });
  }

  look(volume: InlineVolume): VolumeFacts | undefined {
    return lookAtVolume(this.targetPath(volume));
  }

  read(volume: InlineVolume): VolumeFacts {
    return readVolume(this.targetPath(volume));
  }

  /** All there is below the data root, every mount, and the target directory if there is one. */
  traces(volume: InlineVolume): readonly string[] {
    const target = this.targetPath(volume);
    return [...treeOf(this.#dataRoot), ...mountsBelow(this.#folder), ...(existsSync(target) ? [target] : [])];
  }
}

/** A bench for the enclosing suite, gone with its mounts when the suite ends, however it ends. */
export function agentBench(name: string): AgentBench {
  // Hooks run in the order in which they are registered.
  after(() => bench.close());
  const bench = new AgentBench(temporaryFolder(name));
  return bench;
}

function idOf(volume: InlineVolume): VolumeId {
  const volumeId = parseVolumeId(volumeIdOf(volume));
  assert.ok(volumeId !== undefined);
  return volumeId;
}

function rise(_: string, error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
