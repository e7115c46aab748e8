import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Kubelet } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { rememberFor } from '../../driver/admin/memory.ts';
import { readConfig } from '../../driver/config.ts';
import type { Config } from '../../driver/config.ts';
import { createJournal } from '../../driver/report/journal.ts';
import { createLog } from '../../driver/report/log.ts';
import { createMetrics } from '../../driver/report/metrics.ts';
import { PodEvents } from '../../driver/report/pod-events.ts';
import { runDriver } from '../../driver/run.ts';
import { DAY_MS, HOUR_MS } from '../../node-agent/clock.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import { createKeySource } from '../../node-agent/issuance/keys.ts';
import { openLocalCa } from '../../node-agent/issuers/local/local-ca.ts';
import { createIssuerRegistry } from '../../node-agent/issuers/registry.ts';
import type { Issuers } from '../../node-agent/issuers/registry.ts';
import { lookAtApi } from '../../node-agent/kubernetes/look-at-api.ts';
import type { Disk, Issuer } from '../../node-agent/ports.ts';
import type { ReadinessGate } from '../../node-agent/readiness-gate.ts';
import { Agenda } from '../../node-agent/schedule/agenda.ts';
import { Changes } from '../../node-agent/volume/changes.ts';
import { createDisk } from '../../node-agent/volume/disk.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { NAMESPACE, openCluster } from './cluster.ts';
import type { Cluster, ClusterOptions } from './cluster.ts';
import { ManualClock } from './manual-clock.ts';
import { passTime } from './pass-time.ts';
import { RecordedJournal } from './recorded-journal.ts';
import { RecordedLines } from './recorded-lines.ts';
import { mountsBelow } from './temporary-folder.ts';
import { ownLoopback } from './own-loopback.ts';

export interface DriverBenchOptions {
  /** Default: the machine's own time, so that the deadlines of calls mean the same to both. */
  readonly startAt?: Date;
  /** Absent: no cluster, only the local CA. */
  readonly cluster?: Partial<Pick<ClusterOptions, 'decide' | 'durationMs' | 'usesPodToken'>>;
  readonly gates?: readonly ReadinessGate[];
  /** Puts faults in front of the local CA; `none` leaves it off. */
  readonly localCa?: 'none' | ((localCa: Issuer) => Issuer);
  /** Puts faults in front of the disk. */
  readonly disk?: (disk: Disk) => Disk;
  /** Lets go, at the end, of whatever the test may still hold up. */
  readonly release?: () => void;
}

/** The driver in this process on real sockets and real mounts, all of it gone when the test ends. */
export interface DriverBench {
  readonly kubelet: Kubelet;
  readonly clock: ManualClock;
  readonly journal: RecordedJournal;
  readonly agenda: Agenda;
  readonly cluster: Cluster;
  /** The log at the highest level there is. */
  readonly log: RecordedLines;
  readonly dataRoot: string;
  /** A volume of a pod of its own, with an ECDSA key; attributes may leave out `csi.cert-manager.io/`. */
  volume(pod: string, attributes?: Readonly<Record<string, string>>): InlineVolume;
  /** Of the admin listener, such as `http://127.1.2.3:9404`. */
  readonly adminUrl: string;
  /** The answer of `/metrics`. */
  metrics(): Promise<string>;
  /** What there is of volumes on the node: mounts, directories, targets. */
  onDisk(): Promise<readonly string[]>;
  /** What there is of volumes anywhere: on disk, as timers, in memory and what happened to them, as series, as requests that nobody answered. */
  remains(): Promise<readonly string[]>;
}

/** Starts the driver and waits until kubelet's socket is open. */
export async function openDriverBench(context: Pick<TestContext, 'after'>, options: DriverBenchOptions = {}): Promise<DriverBench> {
  // Undone in reverse order, also when the bench cannot be opened.
  const undo = new AsyncDisposableStack();
  context.after(() => undo.disposeAsync());
  const folder = await mkdtemp(join(tmpdir(), 'podcert-flow-'));
  undo.defer(async () => {
    for (const path of mountsBelow(folder).toReversed()) unmount(path);
    await rm(folder, { recursive: true, force: true });
  });
  await mkdir(join(folder, 'ca'), { mode: 0o700 });
  const clock = new ManualClock(options.startAt ?? new Date());
  const config = configOf(folder);
  const lines = new RecordedLines();
  const log = createLog(9, clock, (line) => lines.add(line));
  const metrics = createMetrics({ version: 'test' });
  const admin = rememberFor(clock);
  // The cluster tells the journal that its events are made of.
  const onPods: { events?: PodEvents } = {};
  const reported = createJournal({ log, metrics, podEvents: { note: (event) => onPods.events?.note(event) }, admin });
  const journal = new RecordedJournal();
  const both = { note: (event: AgentEvent) => (reported.note(event), journal.note(event)) };
  const home = createHome(config.dataRoot);
  const disk = createDisk(home);
  const cluster =
    options.cluster &&
    (await openCluster({
      clock,
      journal: both,
      nodeId: config.nodeId,
      decide: () => ({ kind: 'sign' }),
      durationMs: HOUR_MS,
      usesPodToken: false,
      ...options.cluster,
    }));
  if (cluster !== undefined) undo.defer(() => cluster.close());
  const issuers: Issuers = {
    ...(cluster && { certManager: cluster.issuer }),
    ...(options.localCa !== 'none' && {
      localCa: (options.localCa ?? ((it) => it))(
        await openLocalCa({ directory: join(folder, 'ca'), maximumDurationMs: 30 * DAY_MS, clock, disk }),
      ),
    }),
  };
  const agenda = new Agenda({ clock, failed: (key, error) => log.error(`timer ${key} failed: ${String(error)}`) });
  const tools = {
    clock,
    agenda,
    keys: createKeySource({ clock }),
    issuers: createIssuerRegistry(issuers),
    nodeName: config.nodeId,
    gates: options.gates ?? [],
    random: () => 0.5,
    ...(cluster && { pods: cluster.pods }),
  };
  const stop = new AbortController();
  const { nodeId, selinuxLabel } = config;
  if (cluster !== undefined) {
    const { api } = cluster;
    // Of its own, so that what is counted of the other are timers of volumes alone.
    const timer = new Agenda({ clock, failed: (key, error) => log.error(`timer ${key} failed: ${String(error)}`) });
    timer.start(stop.signal);
    onPods.events = new PodEvents({ api, clock, timer, log, metrics, nodeId, random: tools.random, signal: stop.signal });
  }
  const adapters = {
    ...tools,
    changes: new Changes(),
    disk: options.disk?.(disk) ?? disk,
    journal: both,
    home,
    log,
    metrics,
    admin,
    ...(cluster && { lookAtApi: (signal: AbortSignal) => lookAtApi(cluster.api, clock, signal) }),
    ...(selinuxLabel && { selinuxLabel }),
  };
  const running = runDriver(config, adapters, stop.signal);
  undo.defer(async () => {
    options.release?.();
    stop.abort();
    // What is still under way may have to run into its time limit.
    await passTime(clock, running);
  });
  await Promise.race([lines.untilLogged(/"message":"serving"/), running]);
  const onDisk = async () => {
    const mounts = mountsBelow(folder).filter((path) => path !== home.state);
    const below = await readdir(join(folder, 'kubelet'), { recursive: true }).catch(() => []);
    return [
      ...mounts,
      ...(await readdir(home.state)),
      ...(await readdir(home.volumes)),
      ...below.filter((path) => path.endsWith('/mount')),
    ];
  };
  return {
    kubelet: new Kubelet({ socketPath: config.socketPath, rootDir: join(folder, 'kubelet') }),
    clock,
    journal,
    agenda,
    get cluster() {
      if (cluster === undefined) throw new Error('This bench was opened without a cluster');
      return cluster;
    },
    log: lines,
    dataRoot: config.dataRoot,
    volume: (pod, attributes = {}) => inlineVolume(pod, cluster === undefined ? { ...LOCAL_CA, ...attributes } : attributes),
    adminUrl: `http://${config.adminAddress?.host}:${config.adminAddress?.port}`,
    metrics: () => scrape(config),
    onDisk,
    async remains() {
      const series = (await scrape(config)).split('\n').filter((line) => /^podcert_volumes\{.*\} [1-9]|pod_name=/.test(line));
      const pending = ((await cluster?.requests()) ?? []).filter((request) => request['status'] === undefined);
      const timers = agenda.size === 0 ? [] : [`${agenda.size} timers`];
      const histories = admin.history.size === 0 ? [] : [`${admin.history.size} histories`];
      return [...(await onDisk()), ...timers, ...histories, ...series, ...pending.map(({ metadata }) => metadata.name)];
    },
  };
}

const LOCAL_CA = { 'issuer-group': 'podcert.io', 'issuer-kind': 'LocalCA' };

function configOf(folder: string): Config {
  const host = ownLoopback();
  const reading = readConfig(
    [
      `--node-id=node-${randomUUID()}`,
      `--endpoint=unix://${join(folder, 'csi.sock')}`,
      `--data-root=${join(folder, 'data')}`,
      `--local-ca-dir=${join(folder, 'ca')}`,
      `--metrics-bind-address=${host}:9402`,
      `--admin-bind-address=${host}:9404`,
      '--health-bind-address=0',
      '--registration-dir=',
    ],
    {},
  );
  if (reading.kind !== 'config') throw new Error(`No configuration: ${JSON.stringify(reading)}`);
  return reading.config;
}

async function scrape({ metricsAddress }: Config): Promise<string> {
  const response = await fetch(`http://${metricsAddress?.host}:${metricsAddress?.port}/metrics`);
  return response.text();
}

function inlineVolume(pod: string, attributes: Readonly<Record<string, string>>): InlineVolume {
  const all = { 'issuer-name': 'ca', 'key-algorithm': 'ECDSA', 'dns-names': '$POD_NAME.example', ...attributes };
  const named = Object.entries(all).map(([name, value]) => [name.includes('/') ? name : `csi.cert-manager.io/${name}`, value]);
  return {
    pod: { namespace: NAMESPACE, name: pod, uid: `uid-of-${pod}`, serviceAccount: 'default' },
    name: 'tls',
    attributes: Object.fromEntries(named),
  };
}
