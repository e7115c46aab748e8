import type { Clock } from '../../clock.ts';
import type { Order } from '../../ports.ts';
import { quarterLeftMs } from '../../remainder.ts';
import type { VolumeId } from '../../volume-id.ts';

/** A request that came to nothing must not be followed by the next at once: somebody reads them, or pays for them. */
const PACE_MS = 30_000;

type Paced = Pick<Order, 'volumeId' | 'oldNotAfterAt'>;

interface Mishap {
  readonly createdAt: Date;
  readonly why: string;
}

/**
 * Holds back a volume's next request until 30 s after the creation of one that came to nothing, or for a quarter of what was left
 * then of the certificate that it is to replace, if that is less.
 */
export class CreationPace {
  readonly #clock: Clock;
  readonly #mishaps = new Map<VolumeId, Mishap>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that the request which was created then came to nothing; forgotten after 30 s. */
  slow(volumeId: VolumeId, createdAt: Date, why: string): void {
    for (const [other, mishap] of this.#mishaps) {
      if (this.#remainingMs(mishap) <= 0) this.#mishaps.delete(other);
    }
    const latest = this.#mishaps.get(volumeId);
    if (latest === undefined || latest.createdAt < createdAt) this.#mishaps.set(volumeId, { createdAt, why });
  }

  /** Resolves when the volume's next request may be made; tells meanwhile why it is not made yet. */
  async ready({ volumeId, oldNotAfterAt }: Paced, tell: (reason: string) => void, signal: AbortSignal): Promise<void> {
    for (;;) {
      const mishap = this.#mishaps.get(volumeId);
      if (mishap === undefined) return;
      const paceMs = Math.min(PACE_MS, quarterLeftMs(oldNotAfterAt, mishap.createdAt));
      const remainingMs = this.#remainingMs(mishap, paceMs);
      if (remainingMs <= 0) return;
      tell(`${mishap.why}; the next request is made ${Math.ceil(paceMs / 1_000)} s after that one`);
      await this.#clock.sleep(remainingMs, signal);
      // Slept out, whatever the clock says now: it may have been set back.
      if (this.#mishaps.get(volumeId) === mishap) this.#mishaps.delete(volumeId);
    }
  }

  /** Never more than the pace, also after the clock was set back. */
  #remainingMs({ createdAt }: Mishap, paceMs: number = PACE_MS): number {
    return Math.min(paceMs, createdAt.getTime() + paceMs - this.#clock.now().getTime());
  }
}
