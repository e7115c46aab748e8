import { once } from 'node:events';

/** Aborted by the first SIGINT or SIGTERM, so that what was begun can be cleared away; the second one ends the process as always. */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(new Error(`Interrupted by ${name}`)));
  return interrupted.signal;
}

/** What `work` comes to, unless the signal is aborted first: then its reason is thrown, and nobody waits for the work any more. */
export function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return Promise.race([work, rejectOnceAborted(signal)]);
}

async function rejectOnceAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}
