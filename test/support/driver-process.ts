import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { DriverCommand, DriverReport, DriverStart, Kill } from './driver-entry.ts';
import { RecordedJournal } from './recorded-journal.ts';

/** A driver in a process of its own, see `driver-entry.ts`. */
export class DriverProcess {
  readonly journal = new RecordedJournal();
  /** Resolves once the process is dead by SIGKILL. @throws what it said on standard error if it ended in any other way. */
  readonly death: Promise<void>;
  /** Whether it got as far as to open kubelet's socket; false once it died before. */
  readonly serving: Promise<boolean>;
  readonly #child: ChildProcess;
  readonly #reports = new EventTarget();

  /** @param module the bundle of `driver-entry.ts`. */
  constructor(module: string, start: DriverStart) {
    const child = fork(module, [JSON.stringify(start)], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child = child;
    child.on('message', (report: DriverReport) => {
      if (report.kind === 'event') this.journal.note(report.event);
      else this.#reports.dispatchEvent(new Event(report.kind));
    });
    this.death = diesByKill(child);
    this.serving = Promise.race([once(this.#reports, 'serving').then(() => true), this.death.then(() => false)]);
    // Whoever looks gets to see a failure; whoever does not may have what it needs.
    for (const promise of [this.death, this.serving]) promise.catch(() => undefined);
  }

  /** Resolves once the kill is armed, or without one disarmed. */
  async arm(kill?: Kill): Promise<void> {
    const armed = once(this.#reports, 'armed');
    this.#say({ kind: 'arm', ...(kill && { kill }) });
    await armed;
  }

  /** Moves its clock; what that starts is told by the journal. */
  advance(durationMs: number): void {
    this.#say({ kind: 'advance', durationMs });
  }

  /** Gives every pod an IP, or takes it away; what that starts is told by the journal. */
  setIp(isThere: boolean): void {
    this.#say({ kind: 'ip', isThere });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.death;
  }

  #say(command: DriverCommand): void {
    this.#child.send(command);
  }
}

async function diesByKill(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  // A line of the minified bundle is of no use to anybody.
  const readable = said.split('\n').filter((line) => line.length < 500);
  if (signal !== 'SIGKILL') throw new Error(`The driver ended with ${signal ?? code}: ${readable.join('\n')}`);
}
