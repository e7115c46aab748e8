import { once } from 'node:events';
import { keepAlive } from '../node-agent/clock.ts';
import { NodeAgent } from '../node-agent/agent.ts';
import type { AgentDependencies } from '../node-agent/agent.ts';
import type { ApiOutlook } from '../node-agent/api-outlook.ts';
import type { Load } from '../node-agent/slots.ts';
import type { AdminMemory } from './admin/memory.ts';
import { adminSite } from './admin/site.ts';
import type { Config } from './config.ts';
import { requireFreeSocket } from './csi/private-socket.ts';
import { probeCsi } from './csi/probe.ts';
import { keepRegistered } from './csi/registration.ts';
import type { RegistrationOptions } from './csi/registration.ts';
import type { CallReporting } from './csi/rpc.ts';
import { startCsiServer } from './csi/server.ts';
import { healthRoutes } from './http/health.ts';
import { metricsRoutes } from './http/metrics.ts';
import { serveSites } from './http/server.ts';
import type { Site } from './http/server.ts';
import type { Log } from './report/log.ts';
import type { Metrics, Snapshot } from './report/metrics.ts';
import { lookAtProcess } from './report/process-status.ts';
import { VERSION } from './version.ts';

/** What the process reaches the world through; `main.ts` builds the real ones, tests put faults in between. */
export interface Adapters extends AgentDependencies {
  /** Absent: nodes join without a taint that the driver has to remove. */
  readonly startupTaint?: StartupTaintRemover;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent: there is no cluster. */
  readonly apiCalls?: Load;
  /** Absent: the same. */
  readonly lookAtApi?: (signal: AbortSignal) => Promise<ApiOutlook>;
  /** Absent: there is no admin listener. */
  readonly admin?: AdminMemory;
}

/** Goes on until the taint is gone or the signal is aborted; never rejects. */
interface StartupTaintRemover {
  remove(signal: AbortSignal): Promise<void>;
}

/**
 * How long calls in flight may take to end after SIGTERM. The pod's grace period of 30 s leaves room for the rest: 1 s for the
 * answers of those that do not, and 10 s for deleting what was requested for them.
 */
const DRAIN_MS = 18_000;

/**
 * The life of the process: volumes found and resumed, then kubelet's socket, then the registration; and the other way round
 * once the signal is aborted. Every mount is left alone.
 * @throws {AgentError} why it could not start.
 */
export async function runDriver(config: Config, adapters: Adapters, signal: AbortSignal): Promise<void> {
  const { log, metrics, clock } = adapters;
  const agent = new NodeAgent(adapters);
  const countCall = metrics.countCall.bind(metrics);
  let isReady = false;
  const health = healthRoutes({ probe: (probing) => probeCsi(config.socketPath, probing), isReady: () => isReady, clock });
  const servers = await serveSites(
    [...sitesOf(config, agent, adapters), { flag: '--health-bind-address', address: config.healthAddress, routes: health }],
    log,
  );
  const letEnd = keepAlive();
  try {
    // Before anything is touched: another driver may be at work on the same volumes.
    await requireFreeSocket(config.socketPath);
    await agent.start(signal);
    adapters.admin?.history.follow((volumeId) => agent.volume(volumeId) !== undefined);
    const { socketPath, driverName, nodeId } = config;
    const reporting = { clock, log, countCall };
    const csi = await startCsiServer({ ...reporting, socketPath, driverName, nodeId, agent, version: VERSION, isReady: () => isReady });
    const registered = register(config, { ...reporting, noteRegistration: registrationNotes(adapters, signal) }, signal);
    try {
      isReady = true;
      log.info('serving', { version: VERSION, driverName, nodeId, socketPath, dataRoot: config.dataRoot });
      await Promise.race([untilAborted(signal), registered.then(() => untilAborted(signal))]);
    } finally {
      isReady = false;
      log.info('stopping: calls in flight are drained, mounts stay', {});
      await Promise.all([csi.close(DRAIN_MS), registered]);
    }
  } finally {
    await agent.close();
    await Promise.all(servers.map((server) => server.close()));
    letEnd();
  }
}

function sitesOf(config: Config, agent: NodeAgent, adapters: Adapters): Site[] {
  const { admin, metrics, lookAtApi, clock, keys } = adapters;
  const routes = metricsRoutes(metrics, () => look(agent, adapters));
  return [
    { flag: '--metrics-bind-address', address: config.metricsAddress, routes },
    ...(admin ? [adminSite(config, { agent, clock, keys, lookAtApi, ...admin })] : []),
  ];
}

async function look(agent: NodeAgent, { keys, apiCalls }: Adapters): Promise<Snapshot> {
  // First, since it waits: volumes are told as they are when the answer is written.
  const process = await lookAtProcess();
  return { process, volumes: agent.volumes(), keys: keys.status(), apiCalls };
}

function registrationNotes({ metrics, admin, startupTaint }: Adapters, signal: AbortSignal): RegistrationOptions['noteRegistration'] {
  return (isRegistered) => {
    metrics.noteRegistration(isRegistered);
    admin?.sightings.noteRegistration(isRegistered);
    if (isRegistered) void startupTaint?.remove(signal);
  };
}

type RegistrationReporting = CallReporting & Pick<RegistrationOptions, 'noteRegistration'>;

async function register({ registration, driverName }: Config, reporting: RegistrationReporting, signal: AbortSignal): Promise<void> {
  if (registration === undefined) return;
  await keepRegistered({ ...reporting, ...registration, driverName }, signal);
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
