import type { Clock } from '../node-agent/clock.ts';
import { traceOf } from '../node-agent/failure.ts';
import { createKeySource } from '../node-agent/issuance/keys.ts';
import { createCertManagerIssuer } from '../node-agent/issuers/cert-manager/cert-manager-issuer.ts';
import { CERTIFICATE_REQUESTS } from '../node-agent/issuers/cert-manager/certificate-request.ts';
import type { LocalCaOptions } from '../node-agent/issuers/local/local-ca.ts';
import { createIssuerRegistry } from '../node-agent/issuers/registry.ts';
import { createKubernetesApi } from '../node-agent/kubernetes/api.ts';
import { connect } from '../node-agent/kubernetes/connect.ts';
import { lookAtApi } from '../node-agent/kubernetes/look-at-api.ts';
import { PodWatch } from '../node-agent/kubernetes/pod-watch.ts';
import { StartupTaint } from '../node-agent/kubernetes/startup-taint.ts';
import { Agenda } from '../node-agent/schedule/agenda.ts';
import { Changes } from '../node-agent/volume/changes.ts';
import { createDisk } from '../node-agent/volume/disk.ts';
import { dropPages, trimMemory } from '../node-agent/volume/kernel.ts';
import { openHome } from '../node-agent/volume/root.ts';
import { hasSelinux } from '../node-agent/volume/selinux.ts';
import type { Issuer } from '../node-agent/ports.ts';
import { rememberFor } from './admin/memory.ts';
import type { Config } from './config.ts';
import { releaseMappedFiles } from './mapped-files.ts';
import { createJournal } from './report/journal.ts';
import type { Log } from './report/log.ts';
import { createMetrics } from './report/metrics.ts';
import { NodeEvents } from './report/node-events.ts';
import { PodEvents } from './report/pod-events.ts';
import type { Adapters } from './run.ts';
import { SpareMemory } from './spare-memory.ts';
import { VERSION } from './version.ts';

/** What adapters are made with besides the configuration. */
export interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 on, below 1. */
  readonly random: () => number;
}

/**
 * The composition root: every adapter is made here and nowhere else.
 * @param signal ends what they have under way.
 * @throws {AgentError} `misconfigured` where what a flag names cannot be used.
 */
export async function buildAdapters(config: Config, { clock, log, random }: Surroundings, signal: AbortSignal): Promise<Adapters> {
  const { kubernetes, localCa, nodeId, selinuxLabel, usesPodToken } = config;
  const metrics = createMetrics({ version: VERSION, watches: kubernetes === undefined ? [] : [CERTIFICATE_REQUESTS.plural] });
  const agenda = new Agenda({ clock, failed: (key, error) => log.error('a timer failed', { key, stack: traceOf(error) }) });
  const api = kubernetes && createKubernetesApi(await connect(kubernetes, clock), clock, (answer) => metrics.countApiCall(answer));
  const podEvents = api && new PodEvents({ api, clock, timer: agenda, log, metrics, nodeId, random, signal });
  const nodeEvents = api && new NodeEvents({ api, clock, nodeId, signal });
  const spareMemory = new SpareMemory({ timer: agenda, letGo: () => api?.close(), giveBack: giveMemoryBack });
  const admin = config.adminAddress && rememberFor(clock);
  const journal = createJournal({ log, metrics, podEvents, nodeEvents, spareMemory, admin });
  const home = await openHome(config.dataRoot);
  const disk = createDisk(home, { hasSelinux: await hasSelinux() });
  const cluster = api && { api, clock, journal, random };
  const pods = cluster && new PodWatch({ ...cluster, nodeName: nodeId });
  const issuers = createIssuerRegistry({
    ...(cluster && { certManager: createCertManagerIssuer({ ...cluster, nodeId, usesPodToken }) }),
    ...(localCa && { localCa: await openOwnCa({ ...localCa, clock, disk }) }),
  });
  return {
    clock,
    disk,
    journal,
    agenda,
    changes: new Changes(),
    keys: createKeySource({ clock }),
    issuers,
    nodeName: nodeId,
    gates: config.gates,
    ...(pods && { pods }),
    ...(api && { apiCalls: api.calls, lookAtApi: (signal: AbortSignal) => lookAtApi(api, clock, signal) }),
    ...(admin && { admin }),
    ...(cluster && config.removesStartupTaint && { startupTaint: new StartupTaint({ ...cluster, nodeName: nodeId }) }),
    random,
    home,
    log,
    metrics,
    ...(selinuxLabel && { selinuxLabel }),
  };
}

/** What V8 has no use for goes back to the C library, and from there to the kernel; then what is mapped of files. */
function giveMemoryBack(): void {
  // Only with --expose-gc, as the image has it.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  trimMemory();
  releaseMappedFiles(dropPages);
}

/** The library that signs is loaded only here, where something is to be signed: it takes nine megabytes. */
async function openOwnCa(options: LocalCaOptions): Promise<Issuer> {
  const { openLocalCa } = await import('../node-agent/issuers/local/local-ca.ts');
  return openLocalCa(options);
}
