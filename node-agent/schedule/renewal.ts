import type { VolumeId } from '../volume-id.ts';
import { spreadFraction } from './spread.ts';

/** A certificate in a volume, as far as the instant of its renewal depends on it. */
export interface Renewable {
  readonly volumeId: VolumeId;
  readonly notBeforeAt: Date;
  readonly notAfterAt: Date;
  /** When the issuer handed it over. */
  readonly receivedAt: Date;
  /** The attribute `renew-before`. */
  readonly renewBeforeMs?: number | undefined;
  /** How often the volume has been renewed: 0 for its first certificate, -1 for one that another driver put into it. */
  readonly renewals: number;
}

/** When to renew, and what was found on the way. */
export interface Renewal {
  readonly renewAt: Date;
  /** How long the certificate is of use: from when it was received and valid, to its end; 0 where it never is. */
  readonly lifetimeMs: number;
  /** `renew-before` could not be kept to: it leaves less than a third of the lifetime, or nothing of it. */
  readonly renewBeforeTooLong: boolean;
}

const SHORTEST_MS = 1_000;
/** Renewals that are brought forward; their two equal shifts add up to anything in one period of two thirds of the lifetime. */
const SPREAD_RENEWALS = 2;

/**
 * When to renew a certificate of lifetime L: L/3 before its end, or `renew-before` if that is less than L; the first two
 * renewals sooner, by a share of L/3 that the volume id decides, so that volumes born together drift apart for good.
 * Never sooner than L/3, nor than one second, after it was received, whatever the issuer returned.
 */
export function renewalTime({ volumeId, notBeforeAt, notAfterAt, receivedAt, renewBeforeMs, renewals }: Renewable): Renewal {
  const receivedMs = receivedAt.getTime();
  const lifetimeMs = Math.max(0, notAfterAt.getTime() - Math.max(notBeforeAt.getTime(), receivedMs));
  const thirdMs = Math.ceil(lifetimeMs / 3);
  const remainderMs = renewBeforeMs === undefined || renewBeforeMs >= lifetimeMs ? thirdMs : renewBeforeMs;
  const nominalMs = notAfterAt.getTime() - remainderMs;
  const earliestMs = receivedMs + Math.max(thirdMs, SHORTEST_MS);
  // The window ends where the floor begins: cutting shifts off there would gather the volumes at one instant.
  const windowMs = renewals >= 0 && renewals < SPREAD_RENEWALS ? Math.max(0, Math.min(thirdMs, nominalMs - earliestMs)) : 0;
  const shiftMs = Math.floor(spreadFraction(volumeId, 'renewal') * windowMs);
  return {
    renewAt: new Date(Math.max(earliestMs, nominalMs - shiftMs)),
    lifetimeMs,
    renewBeforeTooLong: renewBeforeMs !== undefined && (renewBeforeMs >= lifetimeMs || nominalMs < earliestMs),
  };
}
