import { MINUTE_MS } from '../clock.ts';
import { quarterLeftMs } from '../remainder.ts';

/** A failed attempt, as far as the next one depends on it. */
export interface FailedAttempt {
  /** Failures in a row, this one included: 1 after the first. */
  readonly failures: number;
  readonly now: Date;
  /** The certificate in the volume; absent while there is none. */
  readonly validity?: { readonly notBeforeAt: Date; readonly notAfterAt: Date } | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const FIRST_MS = 30_000;
const LONGEST_MS = 5 * MINUTE_MS;
const SHORTEST_MS = 1_000;

/**
 * When to try again: after 30 s, doubled with each failure and varied by ±50 %, but at most 5 minutes, or a quarter of the
 * certificate's lifetime where that is less, and at most a quarter of what remains of it, and at least 1 s. Once it has expired, no
 * less than 30 s limits it: who had a minute has failed often before the end, and is not to wait for minutes then.
 */
export function retryAt({ failures, now, validity, random }: FailedAttempt): Date {
  const jitteredMs = FIRST_MS * 2 ** Math.max(0, failures - 1) * (0.5 + random());
  const longestMs = Math.min(LONGEST_MS, Math.max(FIRST_MS, quarterOfLifeMs(validity)));
  const delayMs = Math.max(SHORTEST_MS, Math.min(jitteredMs, longestMs, quarterLeftMs(validity?.notAfterAt, now)));
  return new Date(now.getTime() + delayMs);
}

function quarterOfLifeMs(validity: FailedAttempt['validity']): number {
  return validity === undefined ? Infinity : (validity.notAfterAt.getTime() - validity.notBeforeAt.getTime()) / 4;
}
