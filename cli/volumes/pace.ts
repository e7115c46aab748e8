import { SECOND_MS, type Clock } from '../clock.ts';

/** Resolves when the next one may begin. @throws `signal.reason` once aborted. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/** At most `rate` a second, evenly, whoever asks; the first at once. */
export function createPace(rate: number, clock: Clock): Pace {
  let nextMs = 0;
  return async (signal) => {
    const nowMs = clock.now().getTime();
    const startMs = Math.max(nowMs, nextMs);
    nextMs = startMs + SECOND_MS / rate;
    if (startMs > nowMs) await clock.sleep(startMs - nowMs, signal);
  };
}
