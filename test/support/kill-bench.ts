import assert from 'node:assert/strict';
import { mkdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { status } from '@grpc/grpc-js';
import { build } from '../../build.ts';
import { Kubelet, volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import type { Home } from '../../node-agent/volume/home.ts';
import type { Kill } from './driver-entry.ts';
import { driverArgs } from './driver-args.ts';
import { DriverProcess } from './driver-process.ts';
import { localCaVolume } from './local-ca-volume.ts';
import { mountsBelow, temporaryFolder } from './temporary-folder.ts';
import { lookAtVolume, treeOf } from './volume-facts.ts';
import type { VolumeFacts } from './volume-facts.ts';

/**
 * The `step`-th of all the moments at which a process can die between the operations of its disk: before the first, then after
 * each. Before one is after the one before it, since nothing but memory lies between.
 */
export function killAt(step: number): Kill {
  return step === 1 ? { at: 1, moment: 'before' } : { at: step - 1, moment: 'after' };
}

/**
 * @param kill armed before it is told to do something; without one, something else kills it.
 * @returns whether the driver died while it did what it was told, or survived because it has fewer operations.
 */
export async function diesOf(driver: DriverProcess, act: () => Promise<unknown>, kill?: Kill): Promise<boolean> {
  await driver.arm(kill);
  const acted = act().then(
    () => false,
    async (error: { code?: unknown }) => {
      if (error.code !== status.UNAVAILABLE) throw error;
      assert.equal(await driver.end, 'SIGKILL');
      return true;
    },
  );
  const died = await Promise.race([driver.end.then(() => true), acted]);
  if (!died) await driver.arm();
  return died;
}

/** When the next renewal is, as the driver planned it. */
export function plannedAt({ journal }: DriverProcess, volume: InlineVolume): Date {
  const planned = journal.events.findLast((event) => 'renewAt' in event && 'volumeId' in event && event.volumeId === volumeIdOf(volume));
  assert.ok(planned !== undefined && 'renewAt' in planned, 'no renewal is planned');
  return planned.renewAt;
}

/** Its certificate outlives the test. */
const BYSTANDER = localCaVolume('bystander', '720h');

/**
 * A node on which one driver process after another is killed. A volume that nobody touches, the bystander, is mounted all the
 * time; every start must leave it as it is and issue nothing.
 */
export class KillBench {
  readonly kubelet: Kubelet;
  readonly home: Home;
  readonly #folder: string;
  readonly #dataRoot: string;
  readonly #drivers: DriverProcess[] = [];
  #nowMs = Date.parse('2026-01-01T00:00:00Z');
  #bystander: VolumeFacts | undefined;
  #baseline: readonly string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    this.#dataRoot = join(folder, 'data');
    this.home = createHome(this.#dataRoot);
    this.kubelet = new Kubelet({ socketPath: join(folder, 'csi.sock'), rootDir: join(folder, 'kubelet') });
  }

  async open(): Promise<void> {
    mkdirSync(join(this.#folder, 'ca'));
    await build({ entry: 'test/support/driver-entry.ts', outputDirectory: join(this.#folder, 'dist') });
    this.#start();
    assert.ok(await this.driver.serving);
    await this.kubelet.publish(BYSTANDER);
    this.#bystander = this.look(BYSTANDER);
    this.takeBaseline();
  }

  /** What is there now may be left. */
  takeBaseline(): void {
    this.#baseline = this.#everything();
  }

  /** The driver's time. */
  now(): Date {
    return new Date(this.#nowMs);
  }

  /** Also after a failure. */
  async close(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.kill().catch(() => undefined)));
  }

  /** The process that lives, or died last. */
  get driver(): DriverProcess {
    const driver = this.#drivers.at(-1);
    assert.ok(driver !== undefined);
    return driver;
  }

  look(volume: InlineVolume): VolumeFacts | undefined {
    return lookAtVolume(this.kubelet.targetPath(volume));
  }

  /** As {@link diesOf}, of the process that lives. */
  isKilled(kill: Kill, act: () => Promise<unknown>): Promise<boolean> {
    return diesOf(this.driver, act, kill);
  }

  /** Starts the next process after a death. */
  async restart(): Promise<void> {
    assert.ok(await this.startKilled());
    const { journal } = this.driver;
    assert.deepEqual([...journal.all('published'), ...journal.all('renewed')], [], 'a start issues nothing');
    assert.deepEqual(journal.all('volume-set-aside'), [], 'a kill breaks nothing');
    assert.deepEqual(this.look(BYSTANDER), this.#bystander, 'a start leaves what is mounted as it is');
  }

  /** @returns whether the start came to its end before the kill. */
  async startKilled(kill?: Kill): Promise<boolean> {
    this.#start(kill);
    return this.driver.serving;
  }

  /** How long it is to the next renewal, as the driver that lives planned it. */
  untilDueMs(volume: InlineVolume): number {
    return plannedAt(this.driver, volume).getTime() - this.#nowMs;
  }

  /** Moves time on to when the next renewal is due, and awaits it. Never returns if the driver dies of it. */
  async renew(volume: InlineVolume): Promise<void> {
    const { driver } = this;
    const renewals = driver.journal.all('renewed').length;
    const durationMs = this.untilDueMs(volume);
    this.#nowMs += durationMs;
    void driver.advance(durationMs);
    await driver.journal.nth('renewed', renewals + 1);
  }

  /** @throws {AssertionError} unless nothing is there but the bystander. */
  assertNothingLeft(volume: InlineVolume): void {
    assert.ok(!existsSync(this.kubelet.targetPath(volume)), 'the target directory is left');
    assert.deepEqual(this.#everything(), this.#baseline);
  }

  #everything(): readonly string[] {
    return [...treeOf(this.#dataRoot), ...mountsBelow(this.#folder)];
  }

  #start(kill?: Kill): void {
    const args = driverArgs({
      'node-id': 'node',
      endpoint: `unix://${join(this.#folder, 'csi.sock')}`,
      'data-root': this.#dataRoot,
      'local-ca-dir': join(this.#folder, 'ca'),
    });
    this.#drivers.push(new DriverProcess(join(this.#folder, 'dist/driver.mjs'), { args, nowMs: this.#nowMs, ...(kill && { kill }) }));
  }
}

/** A bench for the enclosing suite, gone with its processes and mounts when the suite ends, however it ends. */
export function killBench(name: string): KillBench {
  // Hooks run in the order in which they are registered, and a living process would hold the folder.
  after(() => bench.close());
  const bench = new KillBench(temporaryFolder(name));
  before(() => bench.open());
  return bench;
}
