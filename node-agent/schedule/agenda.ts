import { MINUTE_MS, NOT_NEEDED, type Clock } from '../clock.ts';
import { DueHeap } from './heap.ts';

/** What an agenda needs of its surroundings. */
export interface AgendaDependencies {
  readonly clock: Clock;
  /** Told of an entry that threw: a bug in the entry, which must not keep the others from running. */
  readonly failed: (key: string, error: unknown) => void;
}

/**
 * The longest sleep. A suspended machine's timers stand still and a clock that is set moves past them, so the first instant is
 * looked at again each minute: that costs microseconds, and no renewal is later than this after a jump.
 */
const LONGEST_SLEEP_MS = MINUTE_MS;

/** What is to happen when, for all volumes: one timer in all, to the first instant; none while there is nothing to do. */
export class Agenda {
  readonly #clock: Clock;
  readonly #failed: (key: string, error: unknown) => void;
  readonly #entries = new DueHeap<() => void>();
  /** How long each waits that waits for time to pass, not for an instant. */
  readonly #delaysMs = new Map<string, number>();
  #isRunning = false;
  #sleep: AbortController | undefined;
  #wakeMs = Infinity;
  /** When the clock was looked at last. */
  #seenMs = -Infinity;

  constructor({ clock, failed }: AgendaDependencies) {
    this.#clock = clock;
    this.#failed = failed;
  }

  /** The number of entries that have not run. */
  get size(): number {
    return this.#entries.size;
  }

  /** Runs entries from now on until the signal is aborted; after that there is no timer, and what is set only waits. */
  start(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#isRunning = true;
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    this.#arm();
  }

  /** Calls `run` once, at `dueAt` or as soon as possible after it, never before this returns. Replaces what the key had. */
  set(key: string, dueAt: Date, run: () => void): void {
    this.#delaysMs.delete(key);
    this.#enter(key, dueAt.getTime(), run);
  }

  /** The same once `delayMs` have passed. Where the clock is set back meanwhile, they begin again within a minute. */
  setIn(key: string, delayMs: number, run: () => void): void {
    // Clocks know no part of a millisecond, and back-offs have one.
    const wholeMs = Math.ceil(delayMs);
    this.#delaysMs.set(key, wholeMs);
    this.#enter(key, this.#clock.now().getTime() + wholeMs, run);
  }

  /** Forgets the key; an unknown one is fine. */
  remove(key: string): void {
    this.#delaysMs.delete(key);
    this.#entries.remove(key);
  }

  #enter(key: string, dueMs: number, run: () => void): void {
    this.#entries.set(key, dueMs, run);
    if (dueMs < this.#wakeMs) this.#arm();
  }

  #stop(): void {
    this.#isRunning = false;
    this.#disarm();
  }

  #disarm(): void {
    this.#sleep?.abort(NOT_NEEDED);
    this.#sleep = undefined;
    this.#wakeMs = Infinity;
  }

  #arm(): void {
    this.#disarm();
    if (!this.#isRunning) return;
    const nowMs = this.#clock.now().getTime();
    if (nowMs < this.#seenMs) this.#restartWaits(nowMs);
    this.#seenMs = nowMs;
    const first = this.#entries.first();
    if (first === undefined) return;
    const delayMs = Math.min(first.dueMs - nowMs, LONGEST_SLEEP_MS);
    this.#wakeMs = nowMs + delayMs;
    this.#sleep = new AbortController();
    void this.#sleepAndWake(delayMs, this.#sleep.signal);
  }

  /** The clock was set back, by hours perhaps, which nobody is to wait who waits for a minute. */
  #restartWaits(nowMs: number): void {
    for (const [key, delayMs] of this.#delaysMs) {
      const entry = this.#entries.get(key);
      if (entry !== undefined && entry.dueMs > nowMs + delayMs) this.#entries.set(key, nowMs + delayMs, entry.value);
    }
  }

  async #sleepAndWake(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(delayMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    // Aborted also counts when it came between the end of the sleep and this line.
    if (signal.aborted) return;
    this.#runDue();
    this.#arm();
  }

  /** Runs what is due, in order; what a run sets anew waits for the next turn of the event loop, even if it is due at once. */
  #runDue(): void {
    const nowMs = this.#clock.now().getTime();
    const newest = this.#entries.sequence;
    for (;;) {
      const first = this.#entries.first();
      if (!this.#isRunning || first === undefined || first.dueMs > nowMs || first.sequence > newest) return;
      this.remove(first.key);
      try {
        first.value();
      } catch (error) {
        this.#failed(first.key, error);
      }
    }
  }
}
