import { createLog } from '../../driver/report/log.ts';
import { createMetrics } from '../../driver/report/metrics.ts';
import { runDriver } from '../../driver/run.ts';
import { DAY_MS } from '../../node-agent/clock.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import { createKeySource } from '../../node-agent/issuance/keys.ts';
import { openLocalCa } from '../../node-agent/issuers/local/local-ca.ts';
import { createIssuerRegistry } from '../../node-agent/issuers/registry.ts';
import { Agenda } from '../../node-agent/schedule/agenda.ts';
import { createDisk } from '../../node-agent/volume/disk.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import { FaultyDisk } from './faulty-disk.ts';
import type { Moment } from './faulty-disk.ts';
import { ManualClock } from './manual-clock.ts';
import { ToldPods, WITHOUT_IP, WITH_IPS } from './told-pods.ts';

/** The driver as a process of its own, on a disk that kills it and by a clock that stands still, both at its parent's command. */

/** What the process is started with, as JSON in its first argument. */
export interface DriverStart {
  readonly dataRoot: string;
  readonly socketPath: string;
  /** A folder that exists; the CA is made in it if it is empty. */
  readonly caDirectory: string;
  readonly nowMs: number;
  /** Armed before the start looks at what is there. */
  readonly kill?: Kill;
}

/** The operation of the disk, counted from 1 from when this is armed, at which the process dies by SIGKILL. */
export interface Kill {
  readonly at: number;
  readonly moment: Moment;
}

/** What the parent says; an `arm` without a kill disarms. */
export type DriverCommand =
  | { readonly kind: 'arm'; readonly kill?: Kill }
  | { readonly kind: 'advance'; readonly durationMs: number }
  | /** Whether pods have an IP; at first they have none. */ { readonly kind: 'ip'; readonly isThere: boolean };

/** What the parent is told. */
export type DriverReport =
  | { readonly kind: 'serving' }
  | { readonly kind: 'armed' }
  | { readonly kind: 'event'; readonly event: AgentEvent };

const start = JSON.parse(process.argv[2] ?? '') as DriverStart;
const clock = new ManualClock(new Date(start.nowMs));
const home = createHome(start.dataRoot);
const pods = new ToldPods();
const faulty = new FaultyDisk(createDisk(home.staging));

function tell(report: DriverReport): void {
  process.send?.(report);
}

/** A timer that fails is a bug: it ends the process, whose parent did not ask for that. */
function rise(_: string, error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function arm(kill: Kill | undefined): void {
  faulty.arm(kill && { ...kill, strike: () => process.kill(process.pid, 'SIGKILL') });
}

process.on('message', (command: DriverCommand) => {
  if (command.kind === 'advance') return void clock.advance(command.durationMs);
  if (command.kind === 'ip') return pods.tell({ facts: command.isThere ? WITH_IPS : WITHOUT_IP });
  arm(command.kill);
  tell({ kind: 'armed' });
});
// A parent that is gone, however it went, leaves no driver behind.
process.on('disconnect', () => process.exit());

const { disk } = faulty;
const localCa = await openLocalCa({ directory: start.caDirectory, maximumDurationMs: 30 * DAY_MS, clock, disk });
arm(start.kill);
await runDriver(
  {
    nodeId: 'node',
    socketPath: start.socketPath,
    driverName: 'csi.cert-manager.io',
    dataRoot: start.dataRoot,
    logLevel: 1,
    usesPodToken: false,
    gates: [],
    notes: [],
  },
  {
    clock,
    disk,
    home,
    log: createLog(1, clock, (line) => {
      if (line.includes('"message":"serving"')) tell({ kind: 'serving' });
    }),
    journal: { note: (event) => tell({ kind: 'event', event }) },
    agenda: new Agenda({ clock, failed: rise }),
    keys: createKeySource({ clock }),
    issuers: createIssuerRegistry({ localCa }),
    nodeName: 'node',
    gates: [],
    pods,
    metrics: createMetrics({ version: 'test' }),
    random: () => 0.5,
  },
  new AbortController().signal,
);
