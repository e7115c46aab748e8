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
  /** How much later it came than it should have, to stay where the spread put it; 0 for the first. */
  readonly lateMs: number;
}

/** When to renew, and what was found on the way. */
export interface Renewal {
  readonly renewAt: Date;
  /** How long the certificate is of use: from when it was received and valid, to its end; 0 where it never is. */
  readonly lifetimeMs: number;
  /** `renew-before` could not be kept to: it leaves less than a third of the lifetime, or nothing of it. */
  readonly renewBeforeTooLong: boolean;
  /** How much sooner it would be by the spread, if that were not sooner than L/3: left to the next renewal. */
  readonly heldBackMs: number;
}

const SHORTEST_MS = 1_000;
/** Renewals that are brought forward; their two equal shifts add up to anything in one period of two thirds of the lifetime. */
const SPREAD_RENEWALS = 2;

/**
 * When to renew a certificate of lifetime L: L/3 before its end, or `renew-before` if that is less than L. The first two
 * renewals sooner, by a share of L/3 that the volume id decides, so that volumes born together drift apart for good; any one
 * sooner by what the last was late, so that an outage does not bring together again what had drifted apart.
 * Never sooner than L/3, nor than one second, after it was received, whatever the issuer returned.
 */
export function renewalTime(renewable: Renewable): Renewal {
  const { volumeId, notBeforeAt, notAfterAt, receivedAt, renewBeforeMs, renewals, lateMs } = renewable;
  const receivedMs = receivedAt.getTime();
  const lifetimeMs = Math.max(0, notAfterAt.getTime() - Math.max(notBeforeAt.getTime(), receivedMs));
  const thirdMs = Math.ceil(lifetimeMs / 3);
  const remainderMs = renewBeforeMs === undefined || renewBeforeMs >= lifetimeMs ? thirdMs : renewBeforeMs;
  const nominalMs = notAfterAt.getTime() - remainderMs;
  const earliestMs = receivedMs + Math.max(thirdMs, SHORTEST_MS);
  // The window ends where the floor begins: cutting shifts off there would gather the volumes at one instant.
  const windowMs = Math.max(0, Math.min(thirdMs, nominalMs - earliestMs));
  const isSpread = renewals >= 0 && renewals < SPREAD_RENEWALS;
  const spreadMs = isSpread ? Math.floor(spreadFraction(volumeId, 'renewal') * windowMs) : 0;
  // What came later than the window is wide has lost its place.
  const wantedMs = spreadMs + (lateMs <= windowMs ? lateMs : 0);
  const shiftMs = Math.min(windowMs, wantedMs);
  return {
    renewAt: new Date(Math.max(earliestMs, nominalMs - shiftMs)),
    lifetimeMs,
    renewBeforeTooLong: renewBeforeMs !== undefined && (renewBeforeMs >= lifetimeMs || nominalMs < earliestMs),
    heldBackMs: wantedMs - shiftMs,
  };
}

/** What is counted of a certificate that came at `receivedAt`, in the place of another or as the first. */
export function succession(replaced: Renewable | undefined, receivedAt: Date): Pick<Renewable, 'renewals' | 'lateMs'> {
  if (replaced === undefined) return { renewals: 0, lateMs: 0 };
  const { renewAt, heldBackMs } = renewalTime(replaced);
  return { renewals: replaced.renewals + 1, lateMs: Math.max(0, receivedAt.getTime() - renewAt.getTime()) + heldBackMs };
}
