/** Waits for `promise` until the signal is aborted. The promise goes on. @throws what `gaveUp` makes of `signal.reason` once aborted. */
export function waitUntilAborted<T>(promise: Promise<T>, signal: AbortSignal, gaveUp: (reason: unknown) => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = () => reject(gaveUp(signal.reason));
    if (signal.aborted) return abandon();
    signal.addEventListener('abort', abandon, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
  });
}
