import { setTimeout as pause } from 'node:timers/promises';
import { benchVolume, type BenchDriver } from '../driver.ts';
import type { Floor } from '../floor.ts';
import { publishMany } from '../latency.ts';
import { median, timeAtOnce, timeOneByOne } from '../statistics.ts';
import { lookInside } from './look-inside.ts';
import type { Sample } from './quantities.ts';

/** How thoroughly. */
export interface Thoroughness {
  /** How long the driver is left alone before it is looked at, and how long its idling is measured. */
  readonly settleMs: number;
  readonly idleMs: number;
  /** Publishes one after another. */
  readonly oneByOne: number;
}

/** The same at every size: how many connections to the API are kept open depends on it, and that is not what is asked here. */
const AT_ONCE = 10;

const WARM_UP_VOLUMES = 200;

/** Fills the node up to each size, smallest first, and measures there. */
export async function takeSamples(
  driver: BenchDriver,
  floor: Floor,
  sizes: readonly number[],
  thoroughness: Thoroughness,
): Promise<readonly Sample[]> {
  await warmUp(driver);
  const samples: Sample[] = [];
  let [from, work] = [0, 0];
  for (const volumes of sizes) {
    const { cpuMs } = await driver.usage();
    await publishMany(driver, from, volumes, AT_ONCE);
    work += (await driver.usage()).cpuMs - cpuMs;
    samples.push({ volumes, work, ...(await lookAt(driver, floor, thoroughness)) });
    from = volumes;
  }
  return samples;
}

/** What it takes once, such as code that is compiled, belongs to no size. */
async function warmUp({ kubelet }: BenchDriver): Promise<void> {
  const acts = Array.from({ length: WARM_UP_VOLUMES }, (_, index) => async () => {
    const volume = benchVolume(`warming-${index}`, 'ECDSA');
    await kubelet.publish(volume);
    await kubelet.unpublish(volume);
  });
  await timeAtOnce(acts, AT_ONCE);
}

/** Idling first, and last what stirs the driver up: to look inside is to collect garbage, and publishes make more of it. */
async function lookAt(driver: BenchDriver, floor: Floor, thoroughness: Thoroughness): Promise<Omit<Sample, 'volumes' | 'work'>> {
  const { settleMs, idleMs, oneByOne } = thoroughness;
  await pause(settleMs);
  const before = await driver.usage();
  await pause(idleMs);
  const { cpuMs, ...usage } = await driver.usage();
  const idle = (cpuMs - before.cpuMs) / (idleMs / 1_000);
  const inside = await lookInside(driver.process);
  return { idle, ...usage, ...inside, latency: await latencyOf(driver, floor, oneByOne) };
}

/** By turns with the floor, so that what else the machine does falls on both. Nothing stays. */
async function latencyOf({ calls }: BenchDriver, floor: Floor, rounds: number): Promise<number> {
  const [least, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const volumes = [benchVolume(`single-${round}`, 'ECDSA')];
    least.push(...(await timeOneByOne([() => floor.request()])));
    ours.push(...(await calls.publish(volumes)));
    await calls.unpublish(volumes);
  }
  return median(ours) / median(least);
}
