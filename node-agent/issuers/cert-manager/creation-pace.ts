import type { Clock } from '../../clock.ts';
import type { VolumeId } from '../../volume-id.ts';

/** A request that came to nothing must not be followed by the next at once: somebody reads them, or pays for them. */
const PACE_MS = 30_000;

interface Mishap {
  readonly createdAt: Date;
  readonly why: string;
}

/** Holds back a volume's next request until 30 s after the creation of one that came to nothing. */
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
  async ready(volumeId: VolumeId, tell: (reason: string) => void, signal: AbortSignal): Promise<void> {
    for (;;) {
      const mishap = this.#mishaps.get(volumeId);
      const remainingMs = mishap === undefined ? 0 : this.#remainingMs(mishap);
      if (mishap === undefined || remainingMs <= 0) return;
      tell(`${mishap.why}; the next request is made ${PACE_MS / 1_000} s after that one`);
      await this.#clock.sleep(remainingMs, signal);
      // Slept out, whatever the clock says now: it may have been set back.
      if (this.#mishaps.get(volumeId) === mishap) this.#mishaps.delete(volumeId);
    }
  }

  /** Never more than the pace, also after the clock was set back. */
  #remainingMs({ createdAt }: Mishap): number {
    return Math.min(PACE_MS, createdAt.getTime() + PACE_MS - this.#clock.now().getTime());
  }
}
