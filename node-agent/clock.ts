import { setTimeout as timer } from 'node:timers/promises';

/** The only source of time: tests put a manual one in its place. */
export interface Clock {
  now(): Date;
  /** @throws `signal.reason` once it is aborted, also when it was before. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** Units of time in milliseconds. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The machine's clock. Timers do not keep the process alive: see {@link keepAlive}. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(delayMs, signal) {
    let remainingMs = Math.max(0, delayMs);
    do {
      // setTimeout fires at once when asked for more than 2^31 - 1 ms (24.8 days).
      const stepMs = Math.min(remainingMs, DAY_MS);
      try {
        await timer(stepMs, undefined, { signal, ref: false });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
      remainingMs -= stepMs;
    } while (remainingMs > 0);
  },
};

/** Keeps the process alive, which timers of {@link systemClock} do not. @returns what ends that. */
export function keepAlive(): () => void {
  const timer = setInterval(() => {}, DAY_MS);
  return () => clearInterval(timer);
}
