import { MINUTE_MS } from '../clock.ts';
import type { FileSet } from '../contents.ts';
import type { VolumeFiles } from './files.ts';
import type { Generation } from './generation.ts';

/** How long a replaced set stays at least, for a reader that resolved `..data` just before the swap. */
const GRACE_MS = MINUTE_MS;

/**
 * The disk steps of a renewal: parts and set under a new number, then the rename that makes them current. The old set stays
 * current where a step fails.
 * @param tidyFailed told when a set that is no longer needed cannot be removed; the next rotation tries again.
 * @returns the number of the set that is current now.
 * @throws {AgentError} as `Disk`.
 */
export async function rotate(
  files: VolumeFiles,
  next: { readonly made: Omit<Generation, 'number'>; readonly set: FileSet; readonly fsGroup: number | undefined },
  now: Date,
  tidyFailed: (error: unknown) => void,
): Promise<number> {
  // Where renewals came in a rush, what is no longer needed may take the room of the new set. What fails is told when it fails again, after the swap.
  await files.makeRoom(now, GRACE_MS).catch(() => undefined);
  const number = files.nextNumber();
  try {
    await files.stage({ number, ...next.made }, next.set, next.fsGroup);
    await files.swap(number);
  } catch (error) {
    await files.discard(number).catch(tidyFailed);
    throw error;
  }
  await tidy(files, number, now, tidyFailed);
  return number;
}

/** Removes the sets that no reader needs any more. A failure is only told: the next rotation tries again. */
export async function tidy(files: VolumeFiles, current: number, now: Date, tidyFailed: (error: unknown) => void): Promise<void> {
  await files.prune(current, now, GRACE_MS).catch(tidyFailed);
}
