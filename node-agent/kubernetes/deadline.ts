import { NOT_NEEDED, type Clock } from '../clock.ts';

/** What the clock is asked to end: after how long, and with which reason. */
export interface Deadline {
  readonly clock: Clock;
  readonly deadlineMs: number;
  reason(): Error;
}

/**
 * Runs `call` with a signal that is aborted with the outer one, or with the deadline's reason once its time is over.
 * Written out rather than composed with `AbortSignal.any`, so that nothing stays attached to a signal that lives as long as the process.
 */
export async function withDeadline<T>(deadline: Deadline, call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const ended = new AbortController();
  const forward = () => controller.abort(signal.reason);
  signal.addEventListener('abort', forward, { once: true });
  deadline.clock.sleep(deadline.deadlineMs, ended.signal).then(
    () => controller.abort(deadline.reason()),
    () => {},
  );
  try {
    return await call(controller.signal);
  } finally {
    signal.removeEventListener('abort', forward);
    ended.abort(NOT_NEEDED);
  }
}
