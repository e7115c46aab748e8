import { DAY_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { Histogram } from './histogram.ts';
import { livePod } from './pod-life.ts';
import type { Outage, Pod } from './pod-life.ts';
import { seededRandom } from './seeded-random.ts';

/** The lifetime of every certificate, from when it is signed. */
export const LIFETIME_MS = DAY_MS;
/** How long a herd is watched. */
export const LIFETIMES = 5;
/** All pods are born within this time. */
export const BIRTHS_MS = 10 * MINUTE_MS;

/** What a herd did, in milliseconds from when its births began. */
export interface HerdRecord {
  readonly pods: number;
  readonly renewals: number;
  /** Renewals that came after the end of the certificate that they replaced. */
  readonly expired: number;
  /** The least that was left of a certificate when the next one came. */
  readonly leastRemainingMs: number;
  /** Renewals in bins of a hundredth of the lifetime. */
  readonly coarse: Histogram;
  /** Renewals by the minute. */
  readonly fine: Histogram;
}

/** Lets so many pods live for five lifetimes each. The same number and outages make the same record to the last digit. */
export function runHerd(pods: number, outages: readonly Outage[]): HerdRecord {
  const endMs = LIFETIMES * LIFETIME_MS;
  const [coarse, fine] = [new Histogram(LIFETIME_MS / 100, endMs), new Histogram(MINUTE_MS, endMs)];
  let [renewals, expired, leastRemainingMs] = [0, 0, Infinity];
  const renewed = (atMs: number, remainingMs: number) => {
    renewals += 1;
    if (remainingMs <= 0) expired += 1;
    leastRemainingMs = Math.min(leastRemainingMs, remainingMs);
    coarse.add(atMs);
    fine.add(atMs);
  };
  for (let index = 0; index < pods; index += 1) livePod(podOf(index), endMs, { lifetimeMs: LIFETIME_MS, outages }, renewed);
  return { pods, renewals, expired, leastRemainingMs, coarse, fine };
}

/** One pod of the herd. Volume ids have kubelet's form, and lie side by side, which is the hardest for a hash to tell apart. */
export function podOf(index: number): Pod {
  const volumeId = parseVolumeId(`csi-${index.toString(16).padStart(64, '0')}`);
  if (volumeId === undefined) throw new Error(`No volume id for ${index}`);
  const random = seededRandom(index);
  return { volumeId, bornMs: Math.floor(random() * BIRTHS_MS), random };
}
