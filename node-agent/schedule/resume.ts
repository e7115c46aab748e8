import { MINUTE_MS } from '../clock.ts';
import type { VolumeId } from '../volume-id.ts';
import { spreadFraction } from './spread.ts';

/** A volume found mounted at the start of the process. */
export interface Resumed {
  readonly volumeId: VolumeId;
  /** When its renewal is due by its certificate. */
  readonly dueAt: Date;
  /** The end of its certificate; absent where that cannot be read. */
  readonly notAfterAt?: Date;
  readonly now: Date;
}

const WINDOW_MS = 5 * MINUTE_MS;

/**
 * When to renew after a restart: when due; what fell due meanwhile is spread by volume id over 5 minutes, or over a quarter of
 * what remains of the certificate if that is less; an expired one is due now. By a hash of its own: what fell due in one hour is
 * alike in the hash that set those instants.
 */
export function resumeAt({ volumeId, dueAt, notAfterAt, now }: Resumed): Date {
  if (dueAt > now) return dueAt;
  const remainingMs = notAfterAt === undefined ? Infinity : Math.max(0, notAfterAt.getTime() - now.getTime());
  const delayMs = spreadFraction(volumeId, 'restart') * Math.min(WINDOW_MS, remainingMs / 4);
  return new Date(now.getTime() + delayMs);
}
