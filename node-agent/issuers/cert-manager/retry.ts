import type { Clock } from '../../clock.ts';
import { toFailure } from '../../failure.ts';
import type { ApiError } from '../../kubernetes/api-error.ts';
import type { Journal } from '../../ports.ts';

/** What a call that is tried again needs. */
export interface Retrying {
  readonly clock: Clock;
  readonly journal: Journal;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Notes a failure and waits. @param delayMs what `backOffMs` says. @throws `signal.reason` once aborted. */
export async function waitToRetry({ clock, journal }: Retrying, error: ApiError, delayMs: number, signal: AbortSignal): Promise<void> {
  const retryAt = new Date(clock.now().getTime() + delayMs);
  journal.note({ kind: 'api-unavailable', failure: toFailure(error), retryAt });
  await clock.sleep(delayMs, signal);
}
