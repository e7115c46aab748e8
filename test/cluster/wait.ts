import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterFailure } from './failure.ts';

const PAUSE_MS = 50;

/**
 * Waits until `isSo` says true. What it throws meanwhile counts as not yet, unless it is a ClusterFailure; the last reason is told in the end.
 * @throws {ClusterFailure} after `timeoutMs`; `signal.reason` when aborted.
 */
export async function waitUntil(what: string, timeoutMs: number, isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const endsAtMs = Date.now() + timeoutMs;
  let reason = '';
  for (;;) {
    try {
      if (await isSo()) return;
      reason = '';
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ClusterFailure) throw error;
      reason = `: ${(error as Error).message}`;
    }
    if (Date.now() > endsAtMs) throw new ClusterFailure(`Waited ${timeoutMs / 1_000} s in vain until ${what}${reason}`);
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
