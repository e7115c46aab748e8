import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { build } from '../../build.ts';
import { Kubelet, volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { HOUR_MS } from '../../node-agent/clock.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import type { PodReference } from '../../node-agent/wanted.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import type { Home, VolumeHome } from '../../node-agent/volume/home.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { NAMESPACE, openClusterWorld } from './cluster-world.ts';
import type { ClusterWorld, ClusterWorldOptions } from './cluster-world.ts';
import { driverArgs } from './driver-args.ts';
import type { Kill } from './driver-entry.ts';
import { DriverProcess } from './driver-process.ts';
import { SharedTime } from './shared-time.ts';
import { mountsBelow } from './temporary-folder.ts';
import { lookAtVolume, readVolume } from './volume-facts.ts';
import type { VolumeFacts } from './volume-facts.ts';
import { ownLoopback } from './own-loopback.ts';

export interface FieldOptions extends Partial<Pick<ClusterWorldOptions, 'decide' | 'durationMs' | 'sign' | 'usesPodToken'>> {
  /** More flags of the driver, by their names without the dashes. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly startAt?: Date;
  /** Who signs; default: cert-manager. Without the cluster the driver has no Kubernetes API. */
  readonly issuers?: 'cluster' | 'local' | 'both';
}

/** Attributes of a volume whose certificate the driver's own CA signs. */
export const LOCAL_CA = { 'issuer-kind': 'LocalCA', 'issuer-group': 'podcert.io' };

/** How a renewal ended. */
export type Ended = Extract<AgentEvent, { readonly kind: 'renewed' | 'renewal-failed' }>;

/**
 * A node in the field: the driver as a process of its own, with the machine's mounts, sockets and signals, against a Kubernetes API
 * with cert-manager's controllers, both of them in this process. Time is shared and can be made to run faster.
 */
export class Field {
  readonly kubelet: Kubelet;
  readonly time: SharedTime;
  readonly cluster: ClusterWorld;
  readonly home: Home;
  /** What the driver was started with; the next start takes what stands here. */
  flags: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #drivers: DriverProcess[] = [];
  readonly #metricsUrl: string;
  readonly #adminUrl: string;

  constructor(folder: string, cluster: ClusterWorld, time: SharedTime, flags: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.cluster = cluster;
    this.time = time;
    const socketPath = join(folder, 'csi.sock');
    const dataRoot = join(folder, 'data');
    const host = ownLoopback();
    const metricsAddress = `${host}:9402`;
    this.#adminUrl = `http://${host}:9404`;
    this.#metricsUrl = `http://${metricsAddress}/metrics`;
    this.home = createHome(dataRoot);
    this.kubelet = new Kubelet({ socketPath, rootDir: join(folder, 'kubelet'), now: () => laterOf(time.now(), new Date()) });
    this.flags = {
      endpoint: `unix://${socketPath}`,
      'data-root': dataRoot,
      'metrics-bind-address': metricsAddress,
      'admin-bind-address': `${host}:9404`,
      'log-level': '9',
      ...flags,
    };
  }

  /** The process that lives, or died last. */
  get driver(): DriverProcess {
    const driver = this.#drivers.at(-1);
    if (driver === undefined) throw new Error('No driver was started yet');
    return driver;
  }

  /** All that the drivers logged, the first one first. */
  get logged(): readonly string[] {
    return this.#drivers.flatMap(({ log }) => log.all);
  }

  /** Starts a driver and waits until it serves kubelet. @returns whether it came to that before the kill. */
  async start(kill?: Kill): Promise<boolean> {
    const start = { args: driverArgs(this.flags), nowMs: this.time.now().getTime(), ...(kill && { kill }) };
    const driver = new DriverProcess(join(this.#folder, 'dist/driver.mjs'), start);
    this.#drivers.push(driver);
    this.time.follow(driver, driver.end);
    return driver.serving;
  }

  /** Ends the driver by SIGTERM, with whatever it has still to do. */
  async stop(): Promise<void> {
    this.driver.terminate();
    await this.driver.end;
  }

  /** A volume of a pod of its own, with an ECDSA key; attributes may leave out `csi.cert-manager.io/`. */
  volume(pod: string | PodReference, attributes: Readonly<Record<string, string>> = {}): InlineVolume {
    const all = { 'issuer-name': 'ca', 'key-algorithm': 'ECDSA', 'dns-names': '$POD_NAME.example', ...attributes };
    const named = Object.entries(all).map(([name, value]) => [name.includes('/') ? name : `csi.cert-manager.io/${name}`, value]);
    return { pod: typeof pod === 'string' ? podNamed(pod) : pod, name: 'tls', attributes: Object.fromEntries(named) };
  }

  /** Volumes of as many pods, named by number. */
  volumes(count: number, attributes: Readonly<Record<string, string>> = {}): readonly InlineVolume[] {
    return Array.from({ length: count }, (_, index) => this.volume(`pod-${index}`, attributes));
  }

  /** What the pod has. @throws {AssertionError} unless it is mounted and whole. */
  read(volume: InlineVolume): VolumeFacts {
    return readVolume(this.kubelet.targetPath(volume));
  }

  /** The same, undefined where nothing is mounted. */
  look(volume: InlineVolume): VolumeFacts | undefined {
    return lookAtVolume(this.kubelet.targetPath(volume));
  }

  /** Where everything of a volume is. */
  homeOf(volume: InlineVolume): VolumeHome {
    const volumeId = parseVolumeId(volumeIdOf(volume));
    if (volumeId === undefined) throw new Error('kubelet makes no such volume id');
    return this.home.volume(volumeId);
  }

  /** Resolves with the next renewal of a volume that ends from now on. */
  async renewed(volume: InlineVolume): Promise<void> {
    const volumeId = volumeIdOf(volume);
    await this.driver.journal.next((event) => event.kind === 'renewed' && event.volumeId === volumeId);
  }

  /** Moves time on to when a renewal of the volume, or another attempt at it, is due, and awaits how it ends. */
  async passDue(volume: InlineVolume): Promise<Ended> {
    const { journal } = this.driver;
    const isIts = (event: AgentEvent) => 'volumeId' in event && event.volumeId === volumeIdOf(volume);
    const planned = journal.events.findLast((event) => isIts(event) && ('renewAt' in event || 'retryAt' in event));
    const at = planned !== undefined && 'renewAt' in planned ? planned.renewAt : (planned as { readonly retryAt: Date }).retryAt;
    const ended = journal.next((event) => isIts(event) && (event.kind === 'renewed' || event.kind === 'renewal-failed'));
    await this.time.advance(Math.max(0, at.getTime() - this.time.now().getTime()));
    return (await ended) as Ended;
  }

  /** The answer of `/metrics`. */
  async metrics(): Promise<string> {
    return (await fetch(this.#metricsUrl)).text();
  }

  /** The answer of the admin listener to a GET. */
  async admin(path: string): Promise<string> {
    return (await fetch(`${this.#adminUrl}${path}`)).text();
  }

  /** What there is of volumes: mounts, directories, state, targets, series, and requests that nobody answered. */
  async remains(): Promise<readonly string[]> {
    const { state, volumes } = this.home;
    const mounts = mountsBelow(this.#folder).filter((path) => path !== state);
    const below = await readdir(join(this.#folder, 'kubelet'), { recursive: true }).catch(() => []);
    const series = (await this.metrics()).split('\n').filter((line) => /^podcert_volumes\{.*\} [1-9]|pod_name=/.test(line));
    const requests = (await this.cluster.requests())
      .filter((request) => request['status'] === undefined)
      .map(({ metadata }) => metadata.name);
    const targets = below.filter((path) => path.endsWith('/mount'));
    return [...mounts, ...(await readdir(state)), ...(await readdir(volumes)), ...targets, ...series, ...requests];
  }

  /** Also after a failure. */
  async close(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.kill().catch(() => undefined)));
  }
}

/** gRPC counts deadlines by the machine's time, behind which the shared one falls on a busy machine. */
function laterOf(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function podNamed(name: string): PodReference {
  return { namespace: NAMESPACE, name, uid: `uid-of-${name}`, serviceAccount: 'default' };
}

/** Opens a node and starts its driver; all of it is gone when the test ends. */
export async function openField(context: TestContext, options: FieldOptions = {}): Promise<Field> {
  const { flags, startAt, issuers = 'cluster', ...clusterOptions } = options;
  // Undone in reverse order, also when the node cannot be opened.
  const undo = new AsyncDisposableStack();
  context.after(() => undo.disposeAsync());
  const folder = await mkdtemp(join(tmpdir(), 'podcert-field-'));
  undo.defer(async () => {
    for (const path of mountsBelow(folder).toReversed()) unmount(path);
    await rm(folder, { recursive: true, force: true });
  });
  await mkdir(join(folder, 'dist'));
  await mkdir(join(folder, 'ca'));
  await build({ entry: 'test/support/driver-entry.ts', outputDirectory: join(folder, 'dist') });
  const time = new SharedTime(startAt);
  undo.defer(() => time.close());
  const nodeId = `node-${randomUUID()}`;
  const usual = { decide: () => ({ kind: 'sign' }) as const, durationMs: HOUR_MS, usesPodToken: false };
  const cluster = await openClusterWorld({ clock: time, apiClock: time, nodeId, ...usual, ...clusterOptions });
  undo.defer(() => cluster.close());
  const ways = {
    ...(issuers !== 'local' && { kubeconfig: cluster.proxy.kubeconfig }),
    ...(issuers !== 'cluster' && { 'local-ca-dir': join(folder, 'ca') }),
  };
  const field = new Field(folder, cluster, time, { 'node-id': nodeId, ...ways, ...flags });
  undo.defer(() => field.close());
  await field.start();
  return field;
}
