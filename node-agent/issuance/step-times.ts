import type { Clock } from '../clock.ts';
import type { IssuanceStep, StepDurations } from '../events.ts';

/** How long each step of one issuance takes. A step ends where another begins. */
export class StepTimes {
  readonly #clock: Clock;
  readonly #durations = { key: 0, create: 0, wait: 0, write: 0 };
  #step: IssuanceStep = 'key';
  #beganMs: number;

  /** Begins with the step `key`. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganMs = clock.now().getTime();
  }

  /** The step that is under way already goes on. */
  begin(step: IssuanceStep): void {
    if (step !== this.#step) this.#end();
    this.#step = step;
  }

  /** What was taken until now. */
  read(): StepDurations {
    this.#end();
    const { key, create, wait, write } = this.#durations;
    return { keyMs: key, createMs: create, waitMs: wait, writeMs: write };
  }

  #end(): void {
    const nowMs = this.#clock.now().getTime();
    // The clock may have been set back.
    this.#durations[this.#step] += Math.max(0, nowMs - this.#beganMs);
    this.#beganMs = nowMs;
  }
}
