import type { Clock } from '../../node-agent/clock.ts';

interface Sleeper {
  dueMs: number;
  wake(): void;
}

/** A clock that stands still until told to move, and then wakes its sleepers in the order in which they are due. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startAt: Date = new Date('2026-01-01T00:00:00Z')) {
    this.#nowMs = startAt.getTime();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  /** How many sleepers wait: what a test of leaks asks. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abandon = () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        dueMs: this.#nowMs + Math.max(0, delayMs),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener('abort', abandon);
          resolve();
        },
      };
      signal.addEventListener('abort', abandon, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Moves time on by `durationMs`, stopping at each instant a sleeper is due, so that what it starts sees its own time. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      const first = [...this.#sleepers].toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (first === undefined || first.dueMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, first.dueMs);
      first.wake();
      await settle();
    }
    this.#nowMs = endMs;
    await settle();
  }

  /**
   * Jumps, as a machine that was suspended does: whoever slept past its instant wakes late, at the new time. Or is set back, where the
   * duration is less than nothing: sleepers sleep on as long as they would have.
   */
  async jump(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
    if (durationMs < 0) for (const sleeper of this.#sleepers) sleeper.dueMs += durationMs;
    for (const sleeper of [...this.#sleepers].toSorted((a, b) => a.dueMs - b.dueMs)) {
      if (sleeper.dueMs <= this.#nowMs) sleeper.wake();
    }
    await settle();
  }
}

/** Lets everything run that waits for no I/O. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
