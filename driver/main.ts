import { systemClock } from '../node-agent/clock.ts';
import { AgentError, describeProblem } from '../node-agent/errors.ts';
import { traceOf } from '../node-agent/failure.ts';
import { createKeySource } from '../node-agent/issuance/keys.ts';
import { createCertManagerIssuer } from '../node-agent/issuers/cert-manager/cert-manager-issuer.ts';
import { openLocalCa } from '../node-agent/issuers/local/local-ca.ts';
import { createIssuerRegistry } from '../node-agent/issuers/registry.ts';
import { createKubernetesApi } from '../node-agent/kubernetes/api.ts';
import { PodWatch } from '../node-agent/kubernetes/pod-watch.ts';
import { Agenda } from '../node-agent/schedule/agenda.ts';
import { createDisk } from '../node-agent/volume/disk.ts';
import { openHome } from '../node-agent/volume/root.ts';
import { hasSelinux } from '../node-agent/volume/selinux.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { createJournal } from './report/journal.ts';
import { createLog } from './report/log.ts';
import type { Log } from './report/log.ts';
import { createMetrics } from './report/metrics.ts';
import { PodEvents } from './report/pod-events.ts';
import { runDriver } from './run.ts';
import type { Adapters } from './run.ts';
import { VERSION } from './version.ts';

/** Exit statuses: 0 after SIGTERM or SIGINT, 1 when the driver could not start or go on, 2 for wrong flags or what they name. */
async function main(): Promise<number> {
  const reading = readConfig(process.argv.slice(2), process.env);
  switch (reading.kind) {
    case 'help':
      process.stdout.write(reading.text);
      return 0;
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case 'refused':
      process.stderr.write(`${reading.problems.map(describeProblem).join('\n')}\n`);
      return 2;
    case 'config':
      return run(reading.config);
    default:
      return reading satisfies never;
  }
}

async function run(config: Config): Promise<number> {
  const log = createLog(config.logLevel, systemClock, (line) => process.stderr.write(line));
  const stop = stopSignal(log);
  process.once('uncaughtException', (error) => process.exit(stopAtBug(log, error)));
  for (const note of config.notes) log.info(note);
  try {
    await runDriver(config, await buildAdapters(config, log, stop), stop);
    return 0;
  } catch (error) {
    if (stop.aborted && error === stop.reason) return 0;
    if (!(error instanceof AgentError)) return stopAtBug(log, error);
    log.error(error.message, { code: error.code });
    return error.code === 'misconfigured' ? 2 : 1;
  }
}

/** The composition root: every adapter is made here and nowhere else. */
async function buildAdapters(config: Config, log: Log, signal: AbortSignal): Promise<Adapters> {
  const clock = systemClock;
  const { random } = Math;
  const metrics = createMetrics({ version: VERSION });
  const { kubernetes, localCa, nodeId, selinuxLabel, usesPodToken } = config;
  const agenda = new Agenda({ clock, failed: (key, error) => log.error('a timer failed', { key, stack: traceOf(error) }) });
  const api = kubernetes && createKubernetesApi({ ...kubernetes, clock });
  const podEvents = api && new PodEvents({ api, clock, timer: agenda, log, metrics, nodeId, random, signal });
  const journal = createJournal({ log, metrics, podEvents });
  const home = await openHome(config.dataRoot);
  const disk = createDisk(home.staging, { hasSelinux: await hasSelinux() });
  const cluster = api && { api, clock, journal, random };
  const pods = cluster && new PodWatch({ ...cluster, nodeName: nodeId });
  const issuers = createIssuerRegistry({
    ...(cluster && { certManager: createCertManagerIssuer({ ...cluster, nodeId, usesPodToken }) }),
    ...(localCa && { localCa: await openLocalCa({ ...localCa, clock, disk }) }),
  });
  return {
    clock,
    disk,
    journal,
    agenda,
    keys: createKeySource({ clock }),
    issuers,
    nodeName: nodeId,
    gates: config.gates,
    ...(pods && { pods }),
    random,
    home,
    log,
    metrics,
    ...(selinuxLabel && { selinuxLabel }),
  };
}

/** Tells where a bug is, without its message, which Node.js would print and which may quote anything. @returns the exit status. */
function stopAtBug(log: Log, error: unknown): number {
  log.error('the driver stops at an unexpected error', { stack: traceOf(error) });
  return 1;
}

/** Aborted by the first SIGTERM or SIGINT. */
function stopSignal(log: Log): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info('signal received', { signal: name });
      controller.abort(new AgentError('issuance-aborted', 'The driver is shutting down'));
    });
  }
  return controller.signal;
}

process.exitCode = await main();
