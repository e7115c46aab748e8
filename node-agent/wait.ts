/** Waits for `promise` until the signal is aborted. The promise goes on. @throws what `gaveUp` makes of `signal.reason` once aborted. */
export function waitUntilAborted<T>(promise: Promise<T>, signal: AbortSignal, gaveUp: (reason: unknown) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = () => reject(gaveUp(signal.reason));
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
    // Attached in any case: a failure that comes when nobody waits any more must not end the process.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
  });
}
