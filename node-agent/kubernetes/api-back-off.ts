import { ApiError } from './api-error.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A server that asks for more than this is asked again all the same. */
const LONGEST_ASKED_MS = 600_000;

/**
 * How long to wait after the `failures`-th failure in a row (1 is the first): 1 s, doubled up to 30 s, times 0.5 to 1.5, and
 * never less than what the server asked for with Retry-After.
 * @param longestMs a limit to that, but for what the server asked for; one of less than 1 s counts as that.
 */
export function backOffMs(failures: number, error: unknown, random: () => number, longestMs = Infinity): number {
  const nominalMs = Math.min(FIRST_MS * 2 ** Math.max(0, failures - 1), LONGEST_MS);
  const ownMs = Math.min(nominalMs * (0.5 + random()), Math.max(longestMs, FIRST_MS));
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(ownMs, Math.min(askedMs, LONGEST_ASKED_MS));
}
