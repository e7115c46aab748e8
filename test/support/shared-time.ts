import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../node-agent/clock.ts';
import { ManualClock } from './manual-clock.ts';

/** Who moves along. */
export interface TimeFollower {
  advance(durationMs: number): Promise<void>;
  jump(durationMs: number): Promise<void>;
}

/** How long a step is on the wall. */
const STEP_MS = 10;

/**
 * The time of a test and of the drivers that it started. It runs as the machine's does, or as many times faster as `speed` says, and
 * stands still while a process has not caught up: on a busy machine nothing happens too early.
 */
export class SharedTime implements Clock {
  /** Seconds of this time in one of the machine's; 0 stands still. */
  speed = 1;
  readonly #clock: ManualClock;
  /** Each with what resolves when it is gone. */
  readonly #followers = new Map<TimeFollower, Promise<unknown>>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #moves: Promise<void> = Promise.resolve();

  constructor(startAt: Date = new Date()) {
    this.#clock = new ManualClock(startAt);
    this.#running = this.#run();
  }

  now(): Date {
    return this.#clock.now();
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal);
  }

  /** @param until resolves when it is gone. */
  follow(follower: TimeFollower, until: Promise<unknown>): void {
    const leave = () => void this.#followers.delete(follower);
    this.#followers.set(follower, until.then(leave, leave));
  }

  /** Moves everybody on, through every instant at which somebody is to wake. What comes of it by network or disk may take longer. */
  advance(durationMs: number): Promise<void> {
    return this.#move((one) => one.advance(durationMs));
  }

  /** Moves everybody on at once, as a machine does that was suspended. */
  jump(durationMs: number): Promise<void> {
    return this.#move((one) => one.jump(durationMs));
  }

  /** Lets time run at a speed until what is awaited has come. @returns what came. */
  async at<Result>(speed: number, until: Promise<Result>): Promise<Result> {
    const before = this.speed;
    this.speed = speed;
    try {
      return await until;
    } finally {
      this.speed = before;
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #move(step: (one: TimeFollower) => Promise<void>): Promise<void> {
    this.#moves = this.#moves.then(async () => {
      const followers = [...this.#followers].map(([one, until]) => Promise.race([step(one), until]));
      await Promise.all([step(this.#clock), ...followers]);
    });
    return this.#moves;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await pause(STEP_MS);
      if (this.speed > 0) await this.advance(STEP_MS * this.speed);
    }
  }
}
