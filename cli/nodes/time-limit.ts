import { CliFailure } from '../failure.ts';

/** A timer that is asked for more fires at once (Node.js, "setTimeout"). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Has `work` come to its end in time; any time is fine, also `Infinity`. @throws {CliFailure} where it does not. @throws `signal.reason` once aborted. */
export async function withinTime<Result>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const timeout = AbortSignal.timeout(Math.min(Math.ceil(limitMs), MAX_TIMER_MS));
  try {
    return await work(AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal.throwIfAborted();
    if (!timeout.aborted) throw error;
    throw new CliFailure(`no answer within ${limitMs / 1_000} s`, 'give it longer by --node-timeout, or look whether the node is Ready');
  }
}
