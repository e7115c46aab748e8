import { setTimeout } from 'node:timers';

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

/** Ends a sleep that nobody needs any more. One for all, since an exception of its own costs more than the sleep. */
export const NOT_NEEDED = new Error('Nobody needs it any more');

/** The machine's clock. Timers do not keep the process alive: see {@link keepAlive}. */
export const systemClock: Clock = {
  now: () => new Date(),
  // Not that of node:timers/promises, which makes an exception for each sleep that is ended early: nearly all are.
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      let timer: NodeJS.Timeout;
      const end = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      const sleep = (remainingMs: number) => {
        // setTimeout fires at once when asked for more than 2^31 - 1 ms (24.8 days).
        const stepMs = Math.min(remainingMs, DAY_MS);
        timer = setTimeout(() => (remainingMs > stepMs ? sleep(remainingMs - stepMs) : wake()), stepMs).unref();
      };
      signal.addEventListener('abort', end, { once: true });
      sleep(Math.max(0, delayMs));
    }),
};

/** Keeps the process alive, which timers of {@link systemClock} do not. @returns what ends that. */
export function keepAlive(): () => void {
  const timer = setInterval(() => {}, DAY_MS);
  return () => clearInterval(timer);
}
