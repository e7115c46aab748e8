import { setTimeout as pause } from 'node:timers/promises';

/** The only source of time of this program. */
export interface Clock {
  now(): Date;
  /** @throws `signal.reason` once it is aborted. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(delayMs, signal) {
    try {
      await pause(Math.max(0, delayMs), undefined, { signal });
    } catch {
      throw signal.reason;
    }
  },
};
