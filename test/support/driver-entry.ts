import { readdirSync } from 'node:fs';
import { buildAdapters } from '../../driver/adapters.ts';
import { readConfig } from '../../driver/config.ts';
import { createLog } from '../../driver/report/log.ts';
import { runDriver } from '../../driver/run.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import { FaultyDisk } from './faulty-disk.ts';
import type { Moment } from './faulty-disk.ts';
import { HeldDisk } from './held-disk.ts';
import type { Hold } from './held-disk.ts';
import { ManualClock } from './manual-clock.ts';
import { ToldPods, WITHOUT_IP, WITH_IPS } from './told-pods.ts';

/**
 * The driver as a process of its own, made of the same parts as the real one, but for its time, which its parent moves, and its
 * disk, which kills it or hangs when told to. Where it has no cluster, its parent tells of pods.
 */

/** What the process is started with, as JSON in its first argument. */
export interface DriverStart {
  /** The driver's flags. */
  readonly args: readonly string[];
  readonly nowMs: number;
  /** Armed before the start looks at what is there. */
  readonly kill?: Kill;
}

/** The operation of the disk, counted from 1 from when this is armed, at which the process dies by SIGKILL. */
export interface Kill {
  readonly at: number;
  readonly moment: Moment;
}

/** What the parent says; an `arm` without a kill disarms. Each is answered with `done`, in their order. */
export type DriverCommand =
  | { readonly kind: 'arm'; readonly kill?: Kill }
  /** Without a hold, no further file work hangs. */
  | { readonly kind: 'hold'; readonly hold?: Hold }
  /** Moves time on, through every instant at which somebody is to wake. */
  | { readonly kind: 'advance'; readonly durationMs: number }
  /** Moves time on at once, as after a suspend. */
  | { readonly kind: 'jump'; readonly durationMs: number }
  /** Whether pods have an IP; at first they have none. */
  | { readonly kind: 'ip'; readonly isThere: boolean }
  /** What the process takes up, after a collection of garbage. */
  | { readonly kind: 'measure' };

/** What a process takes up. */
export interface Usage {
  readonly heapBytes: number;
  readonly descriptors: number;
  /** Who sleeps by its clock. */
  readonly sleepers: number;
}

/** What the parent is told. */
export type DriverReport =
  | { readonly kind: 'serving' }
  | { readonly kind: 'done'; readonly usage?: Usage }
  | { readonly kind: 'event'; readonly event: AgentEvent };

const start = JSON.parse(process.argv[2] ?? '') as DriverStart;
const clock = new ManualClock(new Date(start.nowMs));
const toldPods = new ToldPods();
const stop = new AbortController();

function tell(report: DriverReport): void {
  process.send?.(report);
}

/** The log goes where the real one goes. A timer that fails is a bug: it ends the process, whose parent did not ask for that. */
function write(line: string): void {
  process.stderr.write(line);
  if (line.includes('"message":"serving"')) tell({ kind: 'serving' });
  if (!line.includes('"message":"a timer failed"')) return;
  queueMicrotask(() => {
    throw new Error(line);
  });
}

function strike(): void {
  process.kill(process.pid, 'SIGKILL');
}

const reading = readConfig(start.args, {});
if (reading.kind !== 'config') throw new Error(`No configuration: ${JSON.stringify(reading)}`);
const { config } = reading;
const log = createLog(config.logLevel, clock, write);
const adapters = await buildAdapters(config, { clock, log, random: Math.random }, stop.signal);
const held = new HeldDisk(adapters.disk);
const faulty = new FaultyDisk(held.disk);

async function obey(command: DriverCommand): Promise<Usage | undefined> {
  switch (command.kind) {
    case 'arm':
      faulty.arm(command.kill && { ...command.kill, strike });
      return undefined;
    case 'hold':
      held.hold = command.hold;
      return undefined;
    case 'advance':
      await clock.advance(command.durationMs);
      return undefined;
    case 'jump':
      await clock.jump(command.durationMs);
      return undefined;
    case 'ip':
      toldPods.tell({ facts: command.isThere ? WITH_IPS : WITHOUT_IP });
      return undefined;
    case 'measure':
      return measure();
    default:
      return command satisfies never;
  }
}

function measure(): Usage {
  if (globalThis.gc === undefined) throw new Error('Start Node.js with --expose-gc');
  globalThis.gc();
  const descriptors = readdirSync('/proc/self/fd').length;
  return { heapBytes: process.memoryUsage().heapUsed, descriptors, sleepers: clock.sleeping };
}

// One after another: two moves of time at once would be none.
let obeyed: Promise<unknown> = Promise.resolve();
process.on('message', (command: DriverCommand) => {
  obeyed = obeyed.then(async () => {
    const usage = await obey(command);
    tell({ kind: 'done', ...(usage && { usage }) });
  });
});
process.once('SIGTERM', () => stop.abort());
// A parent that is gone, however it went, leaves no driver behind.
process.on('disconnect', () => process.exit());

faulty.arm(start.kill && { ...start.kill, strike });
// In place, since the adapters tell it too.
const { journal } = adapters;
const note = journal.note.bind(journal);
journal.note = (event) => {
  note(event);
  tell({ kind: 'event', event });
};
await runDriver(config, { ...adapters, disk: faulty.disk, pods: adapters.pods ?? toldPods }, stop.signal);
process.disconnect?.();
