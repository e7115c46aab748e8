import { HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { BIRTHS_MS, LIFETIMES } from './herd-run.ts';
import type { HerdRecord } from './herd-run.ts';
import { fullest } from './histogram.ts';
import type { Histogram } from './histogram.ts';
import { OUTAGE_MS, PERIOD_MS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** A figure and what it may be at most. */
export interface Figure {
  readonly value: number;
  readonly limit: number;
}

/** What a herd is judged by. */
export interface Figures {
  readonly renewalsPerLifetime: Figure;
  /** The fullest hundredth of a lifetime over the mean, from the third renewals on, an outage and an hour after it left out. */
  readonly peak: Figure;
  /** The fullest minute of the hour after an outage over the mean; absent where there was none. */
  readonly recovery: Figure | undefined;
  readonly expired: Figure;
  readonly leastRemainingHours: number;
}

/** For this long after an outage renewals are its recovery. */
const RECOVERY_MS = HOUR_MS;
/** The second renewals are due within the second period, the third ones within the third. */
const THIRD_MS = 2 * PERIOD_MS + BIRTHS_MS;
/**
 * While the issuer is down, a volume asks at once, four times in the first 7.5 minutes, and then every 5 minutes: in t minutes
 * less than t/5 + 5 times. Volumes fall due evenly, so at the end of an outage so many times more ask than fall due.
 */
const RECOVERY_LIMIT = OUTAGE_MS / (5 * MINUTE_MS) + 5;

/** Judges a herd. The limits leave room for chance, which matters where a herd is small: five standard deviations of a bin. */
export function figuresOf({ pods, renewals, expired, leastRemainingMs, coarse, fine }: HerdRecord, { outages }: Scenario): Figures {
  const meanIn = ({ widthMs }: Histogram) => (pods / PERIOD_MS) * widthMs;
  const outageEndsMs = outages.map(({ untilMs }) => untilMs);
  const quiet = quietTimes(outages).map(([fromMs, untilMs]) => fullest(coarse.counts(fromMs, untilMs)));
  const recoveries = outageEndsMs.map((untilMs) => fullest(fine.counts(untilMs, untilMs + RECOVERY_MS)));
  // The first renewals come within half a period, so twice as many fall due.
  const dueRate = outageEndsMs.some((untilMs) => untilMs <= PERIOD_MS) ? 2 : 1;
  return {
    renewalsPerLifetime: { value: renewals / pods / LIFETIMES, limit: 1.55 },
    peak: { value: Math.max(...quiet) / meanIn(coarse), limit: Math.max(1.15, withChance(1, meanIn(coarse))) },
    recovery:
      outages.length === 0
        ? undefined
        : { value: Math.max(...recoveries) / meanIn(fine), limit: withChance(dueRate * RECOVERY_LIMIT, meanIn(fine)) },
    expired: { value: expired, limit: 0 },
    leastRemainingHours: leastRemainingMs / HOUR_MS,
  };
}

/** Whether every figure is within its limit. */
export function areWithinLimits({ renewalsPerLifetime, peak, recovery, expired }: Figures): boolean {
  return [renewalsPerLifetime, peak, recovery, expired].every((figure) => figure === undefined || figure.value <= figure.limit);
}

/** The times from the third renewals on that are no outage and no recovery. */
function quietTimes(outages: Scenario['outages']): [fromMs: number, untilMs: number][] {
  const starts = [THIRD_MS, ...outages.map(({ untilMs }) => Math.max(THIRD_MS, untilMs + RECOVERY_MS))];
  const ends = [...outages.map(({ fromMs }) => fromMs), Infinity];
  return starts.map((fromMs, index) => [fromMs, ends[index] ?? Infinity]);
}

function withChance(ratio: number, mean: number): number {
  return ratio + 5 * Math.sqrt(ratio / mean);
}
