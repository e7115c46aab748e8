import type { Seen } from './reader.ts';

/**
 * How much later than it was planned each set came that took the place of another, in milliseconds: by some milliseconds less than 0 too, since
 * the kernel's clock is a coarse one. @throws {Error} where a plan is not known.
 */
export function latenessesOf(seen: readonly Seen[], plans: ReadonlyMap<string, Date>): number[] {
  const current = new Map<string, Seen>();
  const latenesses: number[] = [];
  for (const next of seen) {
    const replaced = current.get(next.volumeId);
    current.set(next.volumeId, next);
    if (replaced === undefined) continue;
    const plannedAt = plans.get(replaced.serial);
    if (plannedAt === undefined) throw new Error(`The log does not say when the certificate ${replaced.serial} was to be renewed`);
    latenesses.push(next.visibleAt.getTime() - plannedAt.getTime());
  }
  return latenesses;
}
