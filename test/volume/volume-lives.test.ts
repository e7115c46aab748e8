import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { NodeAgent } from '../../node-agent/agent.ts';
import { DAY_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { createKeySource } from '../../node-agent/issuance/keys.ts';
import type { PublishRequest } from '../../node-agent/ports.ts';
import { Agenda } from '../../node-agent/schedule/agenda.ts';
import { Changes } from '../../node-agent/volume/changes.ts';
import { createDisk } from '../../node-agent/volume/disk.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { publishRequest } from '../spec/publish-request.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import type { CertificateAuthority } from '../support/certificate-authority.ts';
import { CommandedIssuer, WAITING } from '../support/commanded-issuer.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { readPodFolder } from '../support/pod-folder.ts';
import { RecordedJournal } from '../support/recorded-journal.ts';
import { mountsBelow, temporaryFolder } from '../support/temporary-folder.ts';

const never = new AbortController().signal;

/** What happens to one volume, or to all. */
const DEEDS = [
  'publish',
  'publish with other attributes',
  'caller gives up',
  'issuer grants',
  'issuer refuses',
  'renewal due',
  'unpublish',
  'unpublish, and publish meanwhile',
  'ten minutes pass',
  'restart',
] as const;
type Deed = (typeof DEEDS)[number];

interface Call {
  /** `OK`, or the code it failed with. */
  readonly outcome: Promise<string>;
  readonly caller: AbortController;
}

/** What a volume should be, kept by nothing but what was done to it. */
interface Expected {
  readonly request: PublishRequest;
  /** File sets that were delivered since the publish: 0 means not mounted. */
  sets: number;
  isIssuing: boolean;
  /** The last issuance failed, so that another one follows within ten minutes. */
  isBackingOff: boolean;
  calls: Call[];
}

/** A real agent on real mounts, and what is expected of it after each deed. */
class Trial {
  readonly #folder: string;
  readonly #clock = new ManualClock();
  readonly #journal = new RecordedJournal();
  readonly #issuer: CommandedIssuer;
  readonly #volumes: Expected[];
  #agenda!: Agenda;
  #agent!: NodeAgent;

  constructor(folder: string, authority: CertificateAuthority) {
    this.#folder = folder;
    this.#issuer = new CommandedIssuer(authority, 90 * DAY_MS);
    this.#volumes = ['csi-a', 'csi-b'].map((volumeId) => ({
      request: publishRequest({ 'key-algorithm': 'ECDSA' }, { volumeId, targetPath: join(folder, `target-${volumeId}`) }),
      sets: 0,
      isIssuing: false,
      isBackingOff: false,
      calls: [],
    }));
  }

  async start(): Promise<void> {
    const [clock, home] = [this.#clock, createHome(join(this.#folder, 'data'))];
    this.#agenda = new Agenda({ clock, failed: (_, error) => assert.fail(String(error)) });
    const ports = {
      clock,
      home,
      changes: new Changes(),
      disk: createDisk(home),
      journal: this.#journal,
      issuers: this.#issuer.registry,
      nodeName: 'node',
      gates: [],
    };
    this.#agent = new NodeAgent({ ...ports, agenda: this.#agenda, keys: createKeySource({ clock }), random: () => 0.5 });
    await this.#agent.start(never);
  }

  async perform(deed: Deed, index: number): Promise<void> {
    const volume = this.#volumes[index % this.#volumes.length];
    assert.ok(volume);
    const { volumeId } = volume.request;
    const isMounted = volume.sets > 0;
    switch (deed) {
      case 'publish':
        if (isMounted) return this.#agent.publish(volume.request, never);
        return this.#call(volume);
      case 'publish with other attributes': {
        if (!isMounted && !volume.isIssuing) return;
        const attributes = { ...volume.request.attributes, 'csi.cert-manager.io/dns-names': 'other' };
        assert.equal(await outcomeOf(this.#agent.publish({ ...volume.request, attributes }, never)), 'volume-differs');
        return;
      }
      case 'caller gives up': {
        const call = volume.calls.shift();
        call?.caller.abort(new Error('gone'));
        if (call !== undefined) assert.equal(await call.outcome, 'issuance-pending');
        return;
      }
      case 'issuer grants':
        if (!volume.isIssuing) return;
        await this.#expect(isMounted ? 'renewed' : 'published', () => this.#issuer.grant(volumeId));
        volume.sets += 1;
        return this.#end(volume, 'OK');
      case 'issuer refuses':
        if (!volume.isIssuing) return;
        await this.#expect(isMounted ? 'renewal-failed' : 'issuance-failed', async () => this.#issuer.refuse(volumeId));
        volume.isBackingOff = isMounted;
        return this.#end(volume, 'request-failed');
      case 'renewal due': {
        const parsed = parseVolumeId(volumeId);
        assert.ok(parsed);
        this.#agent.renew(parsed);
        if (isMounted) await this.#underWay(volume);
        return;
      }
      case 'unpublish':
        await this.#agent.unpublish(volumeId, volume.request.targetPath, never);
        return this.#gone(volume);
      case 'unpublish, and publish meanwhile': {
        if (!volume.isIssuing) return this.perform('unpublish', index);
        const release = this.#issuer.hold(volumeId);
        const unpublished = [0, 1].map(() => this.#agent.unpublish(volumeId, volume.request.targetPath, never));
        assert.equal(await outcomeOf(this.#agent.publish(volume.request, never)), 'volume-busy');
        release();
        await Promise.all(unpublished);
        return this.#gone(volume);
      }
      case 'ten minutes pass':
        await this.#clock.advance(10 * MINUTE_MS);
        for (const one of this.#volumes) {
          if (one.sets === 0 && one.isIssuing && one.calls.length === 0) one.isIssuing = false;
          if (one.isBackingOff) await this.#underWay(one);
        }
        return turn();
      case 'restart':
        await this.#agent.close();
        for (const one of this.#volumes) {
          await this.#end(one, 'issuance-aborted');
          one.isBackingOff = false;
        }
        return this.start();
      default:
        return deed satisfies never;
    }
  }

  /** That disk, status and timers are what they should be. */
  async verify(): Promise<void> {
    const statuses = new Map([...this.#agent.volumes()].map((status) => [status.volumeId as string, status]));
    const here = new Set(mountsBelow(this.#folder));
    let timers = 0;
    for (const { request, sets, isIssuing, calls } of this.#volumes) {
      const { volumeId, targetPath } = request;
      const directory = join(this.#folder, 'data', 'volumes', volumeId);
      assert.deepEqual([here.has(directory), here.has(targetPath)], [sets > 0, sets > 0], `mounts of ${volumeId}`);
      assert.equal(this.#issuer.isAsked(volumeId), isIssuing, `issuance of ${volumeId}`);
      assert.equal(statuses.get(volumeId)?.state, sets > 0 ? 'mounted' : isIssuing ? 'issuing' : undefined);
      assert.deepEqual(statuses.get(volumeId)?.waiting, isIssuing ? WAITING : undefined, `what ${volumeId} waits for`);
      if (sets > 0) {
        assert.equal((await readPodFolder(targetPath)).isPair, true);
        assert.equal(readlinkSync(join(targetPath, '..data')), `..${sets}`);
      }
      // For the renewal or for giving up, and for telling of the wait.
      if (sets > 0 ? !isIssuing : isIssuing && calls.length === 0) timers += 1;
      if (isIssuing) timers += 1;
    }
    const present = this.#volumes.filter(({ sets }) => sets > 0);
    const ids = present.map(({ request }) => request.volumeId);
    for (const name of ['state', 'volumes']) assert.deepEqual(readdirSync(join(this.#folder, 'data', name)).toSorted(), ids);
    const targets = present.map(({ request }) => request.targetPath);
    assert.deepEqual(
      readdirSync(this.#folder)
        .filter((name) => name !== 'data')
        .map((name) => join(this.#folder, name))
        .toSorted(),
      targets,
    );
    // One more for all volumes, which are looked at each minute.
    if (statuses.size > 0) timers += 1;
    assert.equal(this.#agenda.size, timers, 'timers');
  }

  async end(): Promise<void> {
    for (const index of this.#volumes.keys()) await this.perform('unpublish', index);
    await this.verify();
    await this.#agent.close();
    assert.equal(this.#clock.sleeping, 0, 'a timer is left');
  }

  async #call(volume: Expected): Promise<void> {
    const caller = new AbortController();
    volume.calls.push({ outcome: outcomeOf(this.#agent.publish(volume.request, caller.signal)), caller });
    await this.#underWay(volume);
  }

  async #underWay(volume: Expected): Promise<void> {
    volume.isBackingOff = false;
    volume.isIssuing = true;
    await this.#issuer.asked(volume.request.volumeId);
  }

  async #expect(kind: 'published' | 'renewed' | 'issuance-failed' | 'renewal-failed', act: () => Promise<void>): Promise<void> {
    const noted = this.#journal.nth(kind, this.#journal.all(kind).length + 1);
    await act();
    await noted;
  }

  /** The issuance has ended, and every call that waited is told how. */
  async #end(volume: Expected, outcome: string): Promise<void> {
    volume.isIssuing = false;
    for (const call of volume.calls.splice(0)) assert.equal(await call.outcome, outcome);
  }

  async #gone(volume: Expected): Promise<void> {
    volume.sets = 0;
    volume.isBackingOff = false;
    await this.#end(volume, 'issuance-aborted');
  }
}

function outcomeOf(published: Promise<void>): Promise<string> {
  return published.then(
    () => 'OK',
    (error: unknown) => (error instanceof AgentError ? error.code : String(error)),
  );
}

describe('volumes on real mounts', () => {
  const root = temporaryFolder('lives');
  const step = fc.tuple(fc.constantFrom(...DEEDS), fc.nat({ max: 1 }));

  it('are on disk what the state machine says, whatever happens to them in whatever order (invariants 1, 3, 4 and 5)', async () => {
    const authority = await createCertificateAuthority({ clock: new ManualClock() });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const folder = join(root, String((count += 1)));
        await mkdir(folder);
        const trial = new Trial(folder, authority);
        await trial.start();
        for (const [deed, index] of steps) {
          await trial.perform(deed, index);
          await trial.verify();
        }
        await trial.end();
      }),
      { numRuns: 120 },
    );
  });
});
