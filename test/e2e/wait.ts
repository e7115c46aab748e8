import { setTimeout as pause } from 'node:timers/promises';
import { describeTrouble } from './trouble.ts';

/** Each look starts a kubectl, and the machine is small. */
const PAUSE_MS = 250;

/**
 * Looks again and again until `look` returns something else than undefined, and returns that. What it throws counts as not yet: an API server
 * that is being restarted refuses connections. @param what completes “waited for …”.
 * @throws {Error} after `timeoutMs`, with the last reason and with what is known of the pods in the namespace.
 */
export async function waitFor<Found>(
  what: string,
  namespace: string,
  timeoutMs: number,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const endsAtMs = performance.now() + timeoutMs;
  for (;;) {
    let reason = '';
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      reason = `: ${(error as Error).message}`;
    }
    if (performance.now() > endsAtMs) {
      throw new Error(`Waited ${timeoutMs / 1_000} s in vain for ${what}${reason}\n${await describeTrouble(namespace)}`);
    }
    await pause(PAUSE_MS);
  }
}
