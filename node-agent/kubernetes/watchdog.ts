import type { Clock } from '../clock.ts';

/** Reports a silence: when nobody has said `heard` for `limitMs`, by the injected clock, and so also after a suspend. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #heardAtMs: number;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#heardAtMs = clock.now().getTime();
  }

  heard(): void {
    this.#heardAtMs = this.#clock.now().getTime();
  }

  /** Resolves with true once there was a silence, with false once the signal is aborted. */
  async silence(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const remainingMs = this.#heardAtMs + this.#limitMs - this.#clock.now().getTime();
      if (remainingMs <= 0) return true;
      try {
        await this.#clock.sleep(remainingMs, signal);
      } catch {
        return false;
      }
    }
  }
}
