import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS } from '../../node-agent/clock.ts';
import type { StoredObject } from './api-store.ts';
import type { Kill } from './driver-entry.ts';
import { openField } from './field-bench.ts';
import type { Field } from './field-bench.ts';
import { diesOf, plannedAt } from './kill-bench.ts';
import type { VolumeFacts } from './volume-facts.ts';

/** A moment in the life of a request: the API is asked for it, it waits, it is about to be signed, the API is asked to delete it. */
export type RequestMoment = 'create' | 'pending' | 'signed' | 'delete';

/** How much faster time goes from when a renewal is due until it is there. */
const SPEED = 30;

/** What a test has the cluster do. */
interface Script {
  /** How long what is signed from now on lives. */
  lifetimeMs: number;
  /** Whether requests are left pending. */
  isSilent: boolean;
  /** The driver is killed at the next such moment. */
  killAt: RequestMoment | undefined;
}

/** Opens a node with one volume that nobody touches. */
export async function openKillField(context: TestContext): Promise<KillField> {
  const script: Script = { lifetimeMs: 30 * DAY_MS, isSilent: false, killAt: undefined };
  const strike = async (moment: RequestMoment): Promise<boolean> => {
    if (script.killAt !== moment) return false;
    script.killAt = undefined;
    await field.driver.kill();
    return true;
  };
  const field: Field = await openField(context, {
    async decide() {
      if (await strike('pending')) return { kind: 'ignore' };
      await strike('signed');
      return { kind: script.isSilent ? 'ignore' : 'sign' };
    },
    sign: (authority, csrPem) => authority.sign(csrPem, { durationMs: script.lifetimeMs }),
  });
  field.cluster.proxy.faultOf = ({ verb }) => {
    if ((verb !== 'create' && verb !== 'delete') || script.killAt !== verb) return undefined;
    void strike(verb);
    return { kind: 'cut' };
  };
  const bystander = field.volume('bystander');
  await field.kubelet.publish(bystander);
  const baseline = await thingsOn(field);
  return new KillField(field, script, { bystander, facts: field.read(bystander), baseline });
}

interface Before {
  readonly bystander: InlineVolume;
  readonly facts: VolumeFacts;
  readonly baseline: readonly string[];
}

/** A node in the field whose driver is killed again and again. */
export class KillField {
  readonly field: Field;
  readonly script: Script;
  readonly #before: Before;

  constructor(field: Field, script: Script, before: Before) {
    this.field = field;
    this.script = script;
    this.#before = before;
  }

  /** @returns whether the driver died of the kill while it did what it was told. */
  isKilled(act: () => Promise<unknown>, kill: Kill | RequestMoment): Promise<boolean> {
    if (typeof kill !== 'string') return diesOf(this.field.driver, act, kill);
    this.script.killAt = kill;
    return diesOf(this.field.driver, act);
  }

  /** Starts the next process after a death. It must leave what is mounted as it is, and ask for nothing by that. */
  async restart(): Promise<void> {
    const { field } = this;
    assert.ok(await field.start());
    const { journal, log } = field.driver;
    assert.deepEqual([...journal.all('published'), ...journal.all('renewed'), ...log.all.filter(isOfCreation)], []);
    assert.deepEqual(journal.all('volume-set-aside'), [], 'a kill breaks nothing');
    assert.deepEqual(field.read(this.#before.bystander), this.#before.facts);
  }

  /** Lets time go on until the next renewal is there. Never returns if the driver dies of it. */
  async renew(volume: InlineVolume): Promise<void> {
    const { driver, time } = this.field;
    const end = Promise.race([this.field.renewed(volume), driver.end.then(() => 'dead')]);
    await time.advance(Math.max(0, plannedAt(driver, volume).getTime() - time.now().getTime()));
    if ((await time.at(SPEED, end)) === 'dead') await new Promise(() => {});
  }

  /** Publishes again as kubelet does for a pod that is still there; requests whose keys died are gone then, and one is there. */
  async retryPublish(volume: InlineVolume): Promise<void> {
    await this.field.kubelet.publish(volume);
    this.field.read(volume);
    await this.assertOneRequest(volume);
  }

  /** Waits for the deletions that the driver owes. @throws {AssertionError} unless one request of the volume stays, which is finished. */
  async assertOneRequest(volume: InlineVolume): Promise<void> {
    const created = this.field.driver.log.all.findLast((line) => isOfCreation(line) && line.includes(volumeIdOf(volume)));
    const requests = await this.#requestsOf(volume);
    // Of a volume that was whole before this driver was started, it is a former driver's.
    const { metadata } = requests.find((request) => created?.includes(request.metadata.name) ?? true) ?? {};
    const kept = metadata?.name;
    for (const request of requests) if (request.metadata.name !== kept) await this.#deleted(request);
    const left = await this.#requestsOf(volume);
    assert.deepEqual(
      left.map((request) => [request.metadata.name, request['status'] !== undefined]),
      [[kept, true]],
    );
  }

  /** Waits until no request of the volume is pending. */
  async noneIsPending(volume: InlineVolume): Promise<void> {
    for (const request of await this.#requestsOf(volume)) if (request['status'] === undefined) await this.#deleted(request);
  }

  /** Unpublishes and takes the pod away, with which its requests go. @throws {AssertionError} unless nothing is left then. */
  async unpublish(volume: InlineVolume): Promise<void> {
    await this.field.kubelet.unpublish(volume);
    for (const { metadata } of await this.#requestsOf(volume)) {
      const path = `/apis/cert-manager.io/v1/namespaces/${metadata.namespace}/certificaterequests/${metadata.name}`;
      await this.field.cluster.client.call('DELETE', path);
    }
    await this.assertNothingLeft();
  }

  /** @throws {AssertionError} unless nothing is on the node but the volume that nobody touches, and no request is pending. */
  async assertNothingLeft(): Promise<void> {
    assert.deepEqual(await thingsOn(this.field), this.#before.baseline);
  }

  async #requestsOf({ pod }: InlineVolume): Promise<readonly StoredObject[]> {
    return (await this.field.cluster.requests()).filter(({ metadata }) =>
      JSON.stringify(metadata['ownerReferences']).includes(`"${pod.uid}"`),
    );
  }

  async #deleted({ metadata }: StoredObject): Promise<void> {
    await this.field.driver.log.untilLogged(new RegExp(`"message":"Request deleted".*"${metadata.name}"`));
  }
}

function isOfCreation(line: string): boolean {
  return line.includes('"message":"Request created"');
}

async function thingsOn(field: Field): Promise<readonly string[]> {
  return (await field.remains()).toSorted();
}
