import type { InlineVolume } from '../demo/kubelet.ts';
import { benchVolume, type BenchDriver } from './driver.ts';
import type { Floor } from './floor.ts';
import { percentile, timeAtOnce, timeOneByOne } from './statistics.ts';

/** How often. */
export interface LatencyOptions {
  readonly oneByOne: number;
  readonly bursts: number;
  /** Pods of a burst. */
  readonly burst: number;
}

/** Durations in milliseconds, each next to those of the floor in the same run. */
export interface Latencies {
  readonly oneByOne: Readonly<Record<Kind, readonly number[]>>;
  /** One list a burst. */
  readonly bursts: Readonly<Record<Kind, readonly (readonly number[])[]>>;
  readonly unpublish: readonly number[];
}

export type Kind = 'floor' | 'ECDSA' | 'RSA';

/** Floor and driver by turns, so that what else the machine does falls on both. Everything is unpublished again. */
export async function measureLatencies(driver: BenchDriver, floor: Floor, options: LatencyOptions): Promise<Latencies> {
  const { kubelet } = driver;
  const publish = (volume: InlineVolume) => () => kubelet.publish(volume);
  const oneByOne: Record<Kind, number[]> = { floor: [], ECDSA: [], RSA: [] };
  const bursts: Record<Kind, number[][]> = { floor: [], ECDSA: [], RSA: [] };
  const unpublish: number[] = [];
  for (let round = 0; round < options.oneByOne; round += 1) {
    oneByOne.floor.push(...(await timeOneByOne([() => floor.request()])));
    for (const key of ['ECDSA', 'RSA'] as const) {
      const volume = benchVolume(`single-${key}-${round}`.toLowerCase(), key);
      oneByOne[key].push(...(await timeOneByOne([publish(volume)])));
      await kubelet.unpublish(volume);
    }
  }
  for (let round = 0; round < options.bursts; round += 1) {
    bursts.floor.push(await timeAtOnce(Array.from({ length: options.burst }, () => () => floor.request())));
    for (const key of ['ECDSA', 'RSA'] as const) {
      const volumes = Array.from({ length: options.burst }, (_, index) => benchVolume(`burst-${key}-${round}-${index}`.toLowerCase(), key));
      // Where keys are kept spare, there are as many as the last burst needed; the first one has none.
      bursts[key].push(await timeAtOnce(volumes.map(publish)));
      unpublish.push(...(await timeAtOnce(volumes.map((volume) => () => kubelet.unpublish(volume)))));
    }
  }
  return { oneByOne, bursts, unpublish };
}

/** Publishes many volumes, so many at a time, and leaves them there. @returns how long each took. */
export async function publishMany(driver: BenchDriver, from: number, to: number, atOnce: number): Promise<readonly number[]> {
  const volumes = Array.from({ length: to - from }, (_, index) => benchVolume(`many-${from + index}`, 'ECDSA'));
  return timeAtOnce(
    volumes.map((volume) => () => driver.kubelet.publish(volume)),
    atOnce,
  );
}

/** The median over bursts of each one's percentile. */
export function ofBursts(bursts: readonly (readonly number[])[], share: number): number {
  return percentile(
    bursts.map((burst) => percentile(burst, share)),
    0.5,
  );
}
