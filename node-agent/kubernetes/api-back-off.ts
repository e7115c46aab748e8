import { ApiError } from './api-error.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A server that asks for more than this is asked again all the same. */
const LONGEST_ASKED_MS = 600_000;

/**
 * How long to wait after the `failures`-th failure in a row (1 is the first): 1 s, doubled up to 30 s, times 0.5 to 1.5, and
 * never less than what the server asked for with Retry-After.
 */
export function backOffMs(failures: number, error: unknown, random: () => number): number {
  const nominalMs = Math.min(FIRST_MS * 2 ** Math.max(0, failures - 1), LONGEST_MS);
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(nominalMs * (0.5 + random()), Math.min(askedMs, LONGEST_ASKED_MS));
}
