import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { load } from 'js-yaml';
import { createKubernetesApi } from '../node-agent/kubernetes/api.ts';
import { openKubeconfig } from '../node-agent/kubernetes/kubeconfig.ts';
import { openCall } from '../node-agent/kubernetes/transport.ts';
import { systemClock } from '../node-agent/clock.ts';
import { preparePrograms } from '../test/cluster/programs.ts';
import { waitUntil } from '../test/cluster/wait.ts';
import { openApiClient, type ApiClient } from '../test/support/api-client.ts';
import { writeKubeconfig } from '../test/support/kubeconfig-file.ts';
import { makeTlsIdentity } from '../test/support/tls-identity.ts';

/** A real API server over a real etcd, with cert-manager's kinds, and nothing else of a cluster. */
export interface KubernetesApi extends AsyncDisposable {
  readonly port: number;
  /** The folder of the programs of `npm run cluster:up`. */
  readonly programs: string;
  /** Of a user who may do everything. */
  readonly kubeconfig: string;
  readonly client: ApiClient;
  /** A folder as kubelet makes it of a service account, for the driver. */
  readonly accountFolder: string;
  /** How often the driver has asked since it was asked last, by verb. */
  driverCalls(): Promise<ReadonlyMap<string, number>>;
  /**
   * Has the API server collect its garbage now. A collection takes as much of two cores as half a burst, and there is one about every second burst,
   * so that it would come always in the floor's, or always in the driver's.
   */
  collectGarbage(): Promise<void>;
}

const READY_WITHIN_MS = 90_000;
/** Static tokens: the driver's calls are told from the others by its user. */
const TOKENS = { bench: 'token-of-the-bench', driver: 'token-of-the-driver' };

/** Starts both below a folder; the programs are those of `npm run cluster:up`. */
export async function openKubernetesApi(folder: string, signal: AbortSignal): Promise<KubernetesApi> {
  const programs = await preparePrograms(signal);
  const identity = await makeTlsIdentity();
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const files = await writeFiles(folder, identity);
  const etcd = start(folder, programs, 'etcd', {
    'data-dir': join(folder, 'etcd'),
    'unsafe-no-fsync': 'true',
    'listen-client-urls': `http://127.0.0.1:${etcdPort}`,
    'advertise-client-urls': `http://127.0.0.1:${etcdPort}`,
    'listen-peer-urls': `http://127.0.0.1:${peerPort}`,
  });
  const server = start(folder, programs, 'kube-apiserver', {
    'etcd-servers': `http://127.0.0.1:${etcdPort}`,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': folder,
    'service-cluster-ip-range': '10.96.0.0/24',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'authorization-mode': 'AlwaysAllow',
    ...files.flags,
  });
  const kubeconfig = await writeKubeconfig(`https://127.0.0.1:${port}`, identity.cert, { token: TOKENS.bench });
  const client = openApiClient(kubeconfig.path);
  const close = async () => {
    client.close();
    await kubeconfig.remove();
    for (const child of [server, etcd]) await end(child);
  };
  try {
    await waitUntil('the API server answers', READY_WITHIN_MS, () => isReady(kubeconfig.path, server), signal);
    await defineCertificateRequests(client, programs, signal);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port,
    programs,
    kubeconfig: kubeconfig.path,
    client,
    accountFolder: files.accountFolder,
    driverCalls: callReader(files.auditLog),
    collectGarbage: () => collectGarbage(kubeconfig.path),
    [Symbol.asyncDispose]: close,
  };
}

async function writeFiles(folder: string, identity: { readonly cert: string; readonly key: string }) {
  const path = (name: string) => join(folder, name);
  const accountFolder = path('account');
  await mkdir(accountFolder);
  const account = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'Metadata', users: ['driver'] }, { level: 'None' }],
  };
  const contents = {
    'serving.crt': identity.cert,
    'serving.key': identity.key,
    'account.key': account.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'account.pub': account.publicKey.export({ type: 'spki', format: 'pem' }),
    'tokens.csv': `${TOKENS.bench},bench,1,system:masters\n${TOKENS.driver},driver,2,system:masters\n`,
    'audit.json': JSON.stringify(policy),
    'account/token': TOKENS.driver,
    'account/ca.crt': identity.cert,
  };
  for (const [name, content] of Object.entries(contents)) await writeFile(path(name), content, { mode: 0o600 });
  const flags = {
    'tls-cert-file': path('serving.crt'),
    'tls-private-key-file': path('serving.key'),
    'service-account-signing-key-file': path('account.key'),
    'service-account-key-file': path('account.pub'),
    'token-auth-file': path('tokens.csv'),
    'audit-policy-file': path('audit.json'),
    'audit-log-path': path('audit.log'),
  };
  return { accountFolder, flags, auditLog: path('audit.log') };
}

/** By Go's package net/http/pprof, which collects before it describes the heap. */
async function collectGarbage(kubeconfig: string): Promise<void> {
  const connection = openKubeconfig(kubeconfig);
  const call = { method: 'GET', path: '/debug/pprof/heap', query: { gc: '1' } };
  try {
    const response = await openCall(connection, call, AbortSignal.timeout(READY_WITHIN_MS));
    await finished(response.resume());
  } finally {
    connection.close();
  }
}

/** Reads on where it stopped. Watches are not counted: there is one, and it is told when it ends. */
function callReader(path: string): KubernetesApi['driverCalls'] {
  let read = 0;
  return async () => {
    const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    const calls = new Map<string, number>();
    for (const line of lines.slice(read)) {
      const { verb } = JSON.parse(line) as { readonly verb: string };
      if (verb !== 'watch') calls.set(verb, (calls.get(verb) ?? 0) + 1);
    }
    read = lines.length;
    return calls;
  };
}

function start(folder: string, programs: string, name: string, flags: Readonly<Record<string, string>>): ChildProcess {
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const child = spawn(join(programs, 'bin', name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(folder, `${name}.log`));
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function isReady(kubeconfig: string, server: ChildProcess): Promise<boolean> {
  if (server.exitCode !== null) throw new Error(`kube-apiserver has ended with ${server.exitCode}`);
  const api = createKubernetesApi(openKubeconfig(kubeconfig), systemClock);
  try {
    await api.list({ group: '', version: 'v1', plural: 'namespaces' }, {}, AbortSignal.timeout(2_000));
    return true;
  } finally {
    api.close();
  }
}

async function defineCertificateRequests(client: ApiClient, programs: string, signal: AbortSignal): Promise<void> {
  const definition = load(await readFile(join(programs, 'crds', 'cert-manager.io_certificaterequests.yaml'), 'utf8')) as object;
  await client.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: definition });
  const isServed = async () => Boolean(await client.call('GET', '/apis/cert-manager.io/v1/certificaterequests'));
  await waitUntil('the API serves CertificateRequests', READY_WITHIN_MS, isServed, signal);
  const isThere = async () => Boolean(await client.call('GET', '/api/v1/namespaces/default'));
  await waitUntil('there is the namespace "default"', READY_WITHIN_MS, isThere, signal);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
