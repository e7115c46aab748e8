import { NOT_NEEDED, type Clock } from '../../clock.ts';

/** How much longer than its signal something may last, in order to end in good order. */
export interface GracePeriod {
  readonly clock: Clock;
  readonly graceMs: number;
}

/** Runs `action` with a signal that is aborted, for the same reason, `graceMs` after the outer one. */
export async function withGrace<T>(period: GracePeriod, action: (late: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  const late = new AbortController();
  const ended = new AbortController();
  const begin = () => {
    period.clock.sleep(period.graceMs, ended.signal).then(
      () => late.abort(signal.reason),
      () => {},
    );
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  try {
    return await action(late.signal);
  } finally {
    signal.removeEventListener('abort', begin);
    ended.abort(NOT_NEEDED);
  }
}
