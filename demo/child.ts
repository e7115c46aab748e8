import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { check, CheckFailed } from './check.ts';
import { Feed } from './feed.ts';

/** How a process ended: its exit status, or the signal that ended it. */
export type Ending = number | NodeJS.Signals;

const END_MS = 10_000;

/** A process of the demo and what it tells. */
export class Child<Item> {
  readonly feed = new Feed<Item>();
  readonly #name: string;
  readonly #process: ChildProcess;
  #ending: Ending | undefined;

  /** @param name how messages call it. */
  constructor(name: string, process: ChildProcess) {
    this.#name = name;
    this.#process = process;
    process.once('error', (error) => this.feed.end(`${name} cannot be started: ${error.message}`));
    process.once('exit', (status, signal) => {
      this.#ending = signal ?? status ?? 0;
    });
    // Later than exit: all that it wrote has arrived.
    process.once('close', () => this.feed.end(`${name} ended with ${this.#ending}`));
  }

  /** @throws {CheckFailed} where it could not be started. */
  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new CheckFailed(`${this.#name} cannot be started`);
    return pid;
  }

  get isRunning(): boolean {
    return this.#process.pid !== undefined && this.#ending === undefined;
  }

  /** Sends the signal, unless it has ended already, and waits for the end. @throws {CheckFailed} after 10 s. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ending> {
    if (this.isRunning) {
      const exited = once(this.#process, 'exit', { signal: AbortSignal.timeout(END_MS) });
      this.#process.kill(signal);
      await exited.catch(() => undefined);
    }
    check(this.#ending !== undefined, `${this.#name} did not end within ${END_MS / 1_000} s of ${signal}`);
    return this.#ending;
  }
}
