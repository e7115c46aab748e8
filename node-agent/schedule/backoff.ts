import { MINUTE_MS } from '../clock.ts';
import { quarterLeftMs } from '../remainder.ts';

/** A failed attempt, as far as the next one depends on it. */
export interface FailedAttempt {
  /** Failures in a row, this one included: 1 after the first. */
  readonly failures: number;
  readonly now: Date;
  /** The end of the certificate in the volume; absent while there is none. */
  readonly notAfterAt?: Date | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const FIRST_MS = 30_000;
const LONGEST_MS = 5 * MINUTE_MS;
const SHORTEST_MS = 1_000;

/**
 * When to try again: after 30 s, doubled with each failure and varied by ±50 %, but at most 5 minutes and at most a quarter
 * of what remains of the certificate, and at least 1 s.
 */
export function retryAt({ failures, now, notAfterAt, random }: FailedAttempt): Date {
  const jitteredMs = FIRST_MS * 2 ** Math.max(0, failures - 1) * (0.5 + random());
  const delayMs = Math.max(SHORTEST_MS, Math.min(jitteredMs, LONGEST_MS, quarterLeftMs(notAfterAt, now)));
  return new Date(now.getTime() + delayMs);
}
