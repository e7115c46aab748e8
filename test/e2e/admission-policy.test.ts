import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { requestsIn } from './certificate-requests.ts';
import { apply, getJson, kubectl } from './cluster-access.ts';
import { driverPods } from './driver-pods.ts';
import { DRIVER_NAMESPACE, installDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { startPod } from './pods.ts';
import { readVolume } from './volume-files.ts';
import { waitFor } from './wait.ts';

const IMAGE = process.env['PODCERT_E2E_IMAGE'];
const POLICY = 'podcert-own-node';
/** No node has that name. Who stole it would have the token of such a pod. */
const STOLEN = { node: 'stolen-node', pod: 'podcert-on-stolen-node' };
const UNBOUND = /ValidatingAdmissionPolicy 'podcert-own-node'.* denied request: .*is bound to no node/;

describe('under the policy that holds each node to requests of its own', () => {
  const namespace = ownNamespace('own-node');
  let folder: string;
  let node: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podcert-tokens-'));
    await installDriver(IMAGE, 'own-node');
    const [driver] = await getNodes();
    node = driver!.spec.nodeName;
    await apply(podOnStolenNode());
    await waitFor('the policy', namespace, 30_000, async () =>
      (await outcome(() => create(namespace, undefined, 'probe'))).match(UNBOUND) ? true : undefined,
    );
  });
  // After the namespace is gone.
  after(async () => {
    await kubectl(['delete', 'pod', STOLEN.pod, `--namespace=${DRIVER_NAMESPACE}`, '--grace-period=0', '--force', '--ignore-not-found']);
    await installDriver(IMAGE);
    for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'])
      await kubectl(['delete', kind, POLICY, '--ignore-not-found']);
    await rm(folder, { recursive: true, force: true });
  });

  it('the driver issues and renews, and removes the requests of before', async () => {
    await startPod({ namespace, name: 'web', attributes: { duration: '40s' } });
    const old = await readVolume(namespace, 'web');
    await waitFor('a renewal', namespace, 60_000, async () => {
      return (await readVolume(namespace, 'web')).leaf.serialNumber === old.leaf.serialNumber ? undefined : true;
    });
    await waitFor('the former request to go', namespace, 30_000, async () =>
      (await requestsIn(namespace)).length === 1 ? true : undefined,
    );
    const log = await kubectl(['logs', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
    assert.doesNotMatch(log, /"level":"error"|cleanup-failed/);
  });

  it('a stolen token makes and deletes no request of another node', async () => {
    const token = await tokenOf(STOLEN.pod);
    const refused = new RegExp(
      `denied request: a token of node '${STOLEN.node}' may change no CertificateRequest whose annotation .* is '${node}'`,
    );
    assert.match(await outcome(() => create(namespace, token, node)), refused);
    const [request] = await requestsIn(namespace);
    assert.match(await outcome(() => remove(namespace, token, request!.metadata.name)), refused);
    assert.equal((await requestsIn(namespace)).length, 1);
  });

  it('a stolen token deletes no request that the driver did not make', async () => {
    await apply(requestOf(namespace, 'of-somebody', undefined));
    assert.match(await outcome(async () => remove(namespace, await tokenOf(STOLEN.pod), 'of-somebody')), /whose annotation .* is ''/);
  });

  it('a stolen token makes requests of its own node, for whatever name it likes: that is left to approvers', async () => {
    const token = await tokenOf(STOLEN.pod);
    await create(namespace, token, STOLEN.node);
    await remove(namespace, token, `of-${STOLEN.node}`);
  });

  it('a token that is bound to no node is good for nothing', async () => {
    assert.match(await outcome(() => create(namespace, undefined, node)), UNBOUND);
    const [request] = await requestsIn(namespace);
    assert.match(await outcome(() => remove(namespace, undefined, request!.metadata.name)), UNBOUND);
  });

  /** Creates a request by a token of the driver's account. */
  async function create(namespace: string, token: string | undefined, of: string): Promise<void> {
    await as(token, ['create', '--filename=-'], JSON.stringify(requestOf(namespace, `of-${of}`, of)));
  }

  async function remove(namespace: string, token: string | undefined, name: string): Promise<void> {
    await as(token, ['delete', 'certificaterequest', name, `--namespace=${namespace}`]);
  }

  /** Runs kubectl by a token alone, without the certificate of the kubeconfig; by one that is bound to nothing where none is given. */
  async function as(token: string | undefined, args: readonly string[], input?: string): Promise<void> {
    const user = { name: 'driver', user: { token: token ?? (await tokenOf()) } };
    const { clusters } = JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '--output=json'])) as {
      readonly clusters: readonly { readonly name: string }[];
    };
    const context = { name: 'driver', context: { cluster: clusters[0]?.name, user: 'driver' } };
    const path = join(folder, 'kubeconfig');
    const config = { apiVersion: 'v1', kind: 'Config', clusters, users: [user], contexts: [context], 'current-context': 'driver' };
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    await kubectl([`--kubeconfig=${path}`, ...args], input);
  }
});

/** What was said against it; `done` where nothing was. */
function outcome(call: () => Promise<void>): Promise<string> {
  return call().then(
    () => 'done',
    (error: unknown) => String(error),
  );
}

/** A token of the driver's account, bound to a pod as kubelet has it. */
function tokenOf(pod?: string): Promise<string> {
  const bound = pod === undefined ? [] : ['--bound-object-kind=Pod', `--bound-object-name=${pod}`];
  return kubectl(['create', 'token', 'podcert', `--namespace=${DRIVER_NAMESPACE}`, '--duration=10m', ...bound]).then((text) => text.trim());
}

async function getNodes(): Promise<readonly { readonly spec: { readonly nodeName: string } }[]> {
  const pods = await driverPods();
  return Promise.all(
    pods.map(({ metadata }) => getJson<{ spec: { nodeName: string } }>(['pod', metadata.name, `--namespace=${DRIVER_NAMESPACE}`])),
  );
}

/** No kubelet runs it, and a controller takes it away after a minute. */
function podOnStolenNode(): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: STOLEN.pod, namespace: DRIVER_NAMESPACE },
    spec: { nodeName: STOLEN.node, serviceAccountName: 'podcert', containers: [{ name: 'driver', image: 'busybox:1' }] },
  };
}

const csrPem = execFileSync(
  'openssl',
  ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=anybody'],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
);

/** A request that no issuer answers. */
function requestOf(namespace: string, name: string, node: string | undefined): object {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { namespace, name, ...(node !== undefined && { annotations: { 'podcert.io/node': node } }) },
    spec: { request: Buffer.from(csrPem).toString('base64'), issuerRef: { name: 'nobody', kind: 'Issuer', group: 'example.com' } },
  };
}
