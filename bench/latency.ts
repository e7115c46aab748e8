import type { InlineVolume } from '../demo/kubelet.ts';
import { benchVolume, type BenchDriver } from './driver.ts';
import type { Floor } from './floor.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { untilSpare } from './spare-keys.ts';
import { percentile, timeAtOnce, timeOneByOne } from './statistics.ts';

/** How often. */
export interface LatencyOptions {
  readonly oneByOne: number;
  readonly bursts: number;
  /** The same with RSA keys, for which the driver has to make spare ones first. */
  readonly rsaBursts: number;
  /** Pods of a burst. */
  readonly burst: number;
}

/** What is measured, side by side. */
export interface Measured {
  readonly api: KubernetesApi;
  readonly floor: Floor;
  readonly driver: BenchDriver;
}

/** Durations in milliseconds, each next to those of the floor in the same run. */
export interface Latencies {
  readonly oneByOne: Readonly<Record<Kind, readonly number[]>>;
  /** One list a burst. */
  readonly bursts: Readonly<Record<Kind, readonly (readonly number[])[]>>;
  readonly unpublish: readonly number[];
  /** Calls that do nothing, as many at once: the least that any call takes. */
  readonly nothing: readonly number[];
}

export type Kind = 'floor' | 'ECDSA' | 'RSA';

/** Floor and driver by turns, so that what else the machine does falls on both. Everything is unpublished again. */
export async function measureLatencies({ api, floor, driver }: Measured, options: LatencyOptions): Promise<Latencies> {
  const { calls } = driver;
  // As many keys are kept spare as the largest burst so far has taken.
  const first = volumesOf('first', 'RSA', options.burst);
  await calls.publish(first);
  await calls.unpublish(first);
  await untilSpare(driver, options.burst);
  const oneByOne: Record<Kind, number[]> = { floor: [], ECDSA: [], RSA: [] };
  const bursts: Record<Kind, (readonly number[])[]> = { floor: [], ECDSA: [], RSA: [] };
  const unpublish: number[] = [];
  const nothing: number[] = [];
  for (let round = 0; round < options.oneByOne; round += 1) {
    oneByOne.floor.push(...(await timeOneByOne([() => floor.request()])));
    for (const key of ['ECDSA', 'RSA'] as const) {
      const volumes = [benchVolume(`single-${key}-${round}`.toLowerCase(), key)];
      oneByOne[key].push(...(await calls.publish(volumes)));
      await calls.unpublish(volumes);
    }
  }
  for (let round = 0; round < options.bursts; round += 1) {
    nothing.push(...(await calls.nothing(options.burst)));
    await api.collectGarbage();
    bursts.floor.push(await timeAtOnce(Array.from({ length: options.burst }, () => () => floor.request())));
    for (const key of round < options.rsaBursts ? (['ECDSA', 'RSA'] as const) : (['ECDSA'] as const)) {
      const volumes = volumesOf(`burst-${round}`, key, options.burst);
      if (key === 'RSA') await untilSpare(driver, options.burst);
      await api.collectGarbage();
      bursts[key].push(await calls.publish(volumes));
      unpublish.push(...(await calls.unpublish(volumes)));
    }
  }
  return { oneByOne, bursts, unpublish, nothing };
}

function volumesOf(name: string, key: 'ECDSA' | 'RSA', count: number): readonly InlineVolume[] {
  return Array.from({ length: count }, (_, index) => benchVolume(`${name}-${key}-${index}`.toLowerCase(), key));
}

/** Publishes many volumes, so many at a time, and leaves them there. @returns how long each took. */
export async function publishMany(driver: BenchDriver, from: number, to: number, atOnce: number): Promise<readonly number[]> {
  const volumes = Array.from({ length: to - from }, (_, index) => benchVolume(`many-${from + index}`, 'ECDSA'));
  return driver.calls.publish(volumes, atOnce);
}

/** The median over bursts of each one's percentile. */
export function ofBursts(bursts: readonly (readonly number[])[], share: number): number {
  return percentile(
    bursts.map((burst) => percentile(burst, share)),
    0.5,
  );
}
