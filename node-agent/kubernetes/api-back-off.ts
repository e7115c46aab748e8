import { ApiError } from './api-error.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A server that asks for more than this is asked again all the same. */
const LONGEST_ASKED_MS = 600_000;

/**
 * How long to wait after the `failures`-th failure in a row (1 is the first): 1 s, doubled up to 30 s, times 0.5 to 1.5, and
 * never less than what the server asked for with Retry-After.
 * @param mostMs up to what it is doubled in place of 30 s.
 * @param limitMs a limit to all of that, but for what the server asked for; one of less than 1 s counts as that.
 */
export function backOffMs(
  failures: number,
  error: unknown,
  random: () => number,
  { mostMs = LONGEST_MS, limitMs = Infinity }: { readonly mostMs?: number; readonly limitMs?: number } = {},
): number {
  const nominalMs = Math.min(FIRST_MS * 2 ** Math.max(0, failures - 1), mostMs);
  const ownMs = Math.min(nominalMs * (0.5 + random()), Math.max(limitMs, FIRST_MS));
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(ownMs, Math.min(askedMs, LONGEST_ASKED_MS));
}
