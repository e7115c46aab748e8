import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { DriverCommand, DriverReport, DriverStart, Kill, Usage } from './driver-entry.ts';
import type { Hold } from './held-disk.ts';
import { RecordedJournal } from './recorded-journal.ts';
import { RecordedLines } from './recorded-lines.ts';

/** A driver in a process of its own, see `driver-entry.ts`. */
export class DriverProcess {
  readonly journal = new RecordedJournal();
  /** All that it logged, line by line. */
  readonly log = new RecordedLines();
  /** Resolves once the process is gone, with the signal that killed it. @throws what it said if it ended with a status but 0. */
  readonly end: Promise<NodeJS.Signals | undefined>;
  /** Whether it got as far as to open kubelet's socket; false once it ended before. */
  readonly serving: Promise<boolean>;
  readonly #child: ChildProcess;
  readonly #reports = new EventTarget();
  readonly #awaiting: ((usage: Usage | undefined) => void)[] = [];

  /** @param module the bundle of `driver-entry.ts`. */
  constructor(module: string, start: DriverStart) {
    const child = fork(module, [JSON.stringify(start)], {
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.on('message', (report: DriverReport) => this.#hear(report));
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => this.log.add(line));
    this.end = this.#ended();
    this.serving = Promise.race([once(this.#reports, 'serving').then(() => true), this.end.then(() => false)]);
    // Whoever looks gets to see a failure; whoever does not may have what it needs.
    for (const promise of [this.end, this.serving]) promise.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves once the kill is armed, or without one disarmed. */
  async arm(kill?: Kill): Promise<void> {
    await this.#say({ kind: 'arm', ...(kill && { kill }) });
  }

  /** Lets the file work of one volume hang from now on, or without a hold that of none. */
  async hold(hold?: Hold): Promise<void> {
    await this.#say({ kind: 'hold', ...(hold && { hold }) });
  }

  /** Moves its clock; what that starts is told by the journal. Resolves never if it dies of it. */
  async advance(durationMs: number): Promise<void> {
    await this.#say({ kind: 'advance', durationMs });
  }

  /** Moves its clock at once, as a machine does that was suspended. */
  async jump(durationMs: number): Promise<void> {
    await this.#say({ kind: 'jump', durationMs });
  }

  /** Gives every pod an IP, or takes it away; what that starts is told by the journal. */
  async setIp(isThere: boolean): Promise<void> {
    await this.#say({ kind: 'ip', isThere });
  }

  async measure(): Promise<Usage> {
    const usage = await this.#say({ kind: 'measure' });
    if (usage === undefined) throw new Error('The driver measured nothing');
    return usage;
  }

  /** By SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.end;
  }

  /** By SIGTERM, which it answers by its own time. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  #say(command: DriverCommand): Promise<Usage | undefined> {
    return new Promise((resolve) => {
      this.#awaiting.push(resolve);
      // A process that is gone says why by `end`.
      this.#child.send(command, () => undefined);
    });
  }

  #hear(report: DriverReport): void {
    if (report.kind === 'event') this.journal.note(report.event);
    else if (report.kind === 'done') this.#awaiting.shift()?.(report.usage);
    else this.#reports.dispatchEvent(new Event(report.kind));
  }

  async #ended(): Promise<NodeJS.Signals | undefined> {
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null];
    if (signal !== null || code === 0) return signal ?? undefined;
    // A line of the minified bundle is of no use to anybody.
    const readable = this.log.all.filter((line) => line.length < 500).slice(-20);
    throw new Error(`The driver ended with ${code}: ${readable.join('\n')}`);
  }
}
