import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../driver/version.ts';
import { NODE_NAME } from '../cluster/kubeconfigs.ts';
import { withSection } from '../conformance/conformance-page.ts';
import { driverCallsSince, type DriverCall } from './audit-log.ts';
import { getJson } from './cluster-access.ts';
import { createAuthority } from './issuers.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { createPods, startPod, waitUntilReady } from './pods.ts';
import { measureStartUp, type StartUp } from './start-up.ts';
import { readVolume, waitForRenewal } from './volume-files.ts';
import { measureWorkingSet } from './working-set.ts';

const PAGE = join(import.meta.dirname, '../../docs/conformance.md');
const VOLUMES = 60;
const RENEWALS = 3;
const STARTS = 3;

interface Measured {
  readonly kubernetesVersion: string;
  readonly starts: readonly StartUp[];
  readonly emptyBytes: number;
  readonly fullBytes: number;
  readonly allReadyMs: number;
  readonly issuing: readonly DriverCall[];
  readonly renewing: readonly DriverCall[];
}

/** `npm run e2e -- --measure`: what the driver costs on a real node, into docs/conformance.md. */
async function main(): Promise<void> {
  const starts: StartUp[] = [];
  for (let count = 0; count < STARTS; count += 1) starts.push(await measureStartUp());
  const emptyBytes = await measureWorkingSet(NODE_NAME);
  const namespace = `podcert-e2e-measure-${randomBytes(3).toString('hex')}`;
  await createNamespace(namespace);
  try {
    await createAuthority(namespace);
    const { allReadyMs, issuing } = await issueMany(namespace);
    const fullBytes = await measureWorkingSet(NODE_NAME);
    const renewing = await renewOne(namespace);
    await writePage({ kubernetesVersion: await kubeletVersion(), starts, emptyBytes, fullBytes, allReadyMs, issuing, renewing });
  } finally {
    await deleteNamespace(namespace);
  }
}

async function issueMany(namespace: string): Promise<{ readonly allReadyMs: number; readonly issuing: readonly DriverCall[] }> {
  const names = Array.from({ length: VOLUMES }, (_, index) => `pod-${index + 1}`);
  const startedAt = new Date();
  await createPods(...names.map((name) => ({ namespace, name, attributes: { 'key-algorithm': 'RSA' } })));
  for (const name of names) await waitUntilReady(namespace, name, 240_000);
  return { allReadyMs: Date.now() - startedAt.getTime(), issuing: await callsFor(namespace, startedAt) };
}

async function renewOne(namespace: string): Promise<readonly DriverCall[]> {
  await startPod({ namespace, name: 'quick', attributes: { duration: '20s' } });
  let files = await readVolume(namespace, 'quick');
  const startedAt = new Date();
  for (let count = 0; count < RENEWALS; count += 1) files = await waitForRenewal(namespace, 'quick', files);
  return callsFor(namespace, startedAt);
}

/** The driver's calls for the pods of a namespace, and those for all pods: others that run here have renewals of their own. */
async function callsFor(namespace: string, startedAt: Date): Promise<readonly DriverCall[]> {
  return (await driverCallsSince(startedAt)).filter((call) => call.namespace === undefined || call.namespace === namespace);
}

async function kubeletVersion(): Promise<string> {
  const { status } = await getJson<{ status: { nodeInfo: { kubeletVersion: string } } }>(['node', NODE_NAME]);
  return status.nodeInfo.kubeletVersion;
}

async function writePage(measured: Measured): Promise<void> {
  const text = describe(measured);
  await writeFile(PAGE, withSection(await readFile(PAGE, 'utf8'), 'On a node', text));
  process.stdout.write(`${text}\nWritten into docs/conformance.md.\n`);
}

function describe({ kubernetesVersion, starts, emptyBytes, fullBytes, allReadyMs, issuing, renewing }: Measured): string {
  const rows = [
    [
      'from the start of the process until kubelet can call',
      range(
        starts.map(({ servingMs }) => servingMs),
        'ms',
      ),
    ],
    [
      'until kubelet has registered the driver',
      range(
        starts.map(({ registeredMs }) => registeredMs),
        'ms',
      ),
    ],
    ['working set of the container without volumes', megabytes(emptyBytes)],
    [`with ${VOLUMES} volumes, keys RSA 2048, the files included`, megabytes(fullBytes)],
    [`from making ${VOLUMES} such pods at once until all are Ready`, `${(allReadyMs / 1_000).toFixed(0)} s`],
    [`calls to the Kubernetes API for ${VOLUMES} certificates`, listCalls(issuing)],
    ['calls for renewals', listCalls(renewing)],
  ];
  return `\`npm run e2e -- --measure\` with driver ${VERSION} on the node of test/cluster (Kubernetes ${kubernetesVersion}, ${cpus().length} processors, which
the whole control plane shares). Start-up is measured ${STARTS} times; memory is the cgroup's working set as kubelet tells it; calls are counted in
the API server's audit log.

| what | |
|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`;
}

function listCalls(calls: readonly DriverCall[]): string {
  const byVerb = Map.groupBy(calls, ({ verb, resource }) => `${verb} ${resource}`);
  return [...byVerb].map(([what, { length }]) => `${length} × ${what}`).join(', ');
}

function range(values: readonly number[], unit: string): string {
  return `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} ${unit}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

await main();
