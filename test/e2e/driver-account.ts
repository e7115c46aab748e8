import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { apply, getJson, kubectl } from './cluster-access.ts';
import { driverPods } from './driver-pods.ts';
import { DRIVER_NAMESPACE } from './install.ts';

/** No node has that name. Who stole it would have the token of such a pod. */
export const STOLEN = { node: 'stolen-node', pod: 'podcert-on-stolen-node' };

/** What the API server lets somebody do who has a token of the driver's account. */
export interface DriverAccount {
  /** Runs kubectl by a token alone, without the certificate of the kubeconfig; by one that is bound to nothing where none is given. */
  kubectl(token: string | undefined, args: readonly string[], input?: string): Promise<string>;
}

/** The account for the hooks and tests of this suite that follow. */
export function ownDriverAccount(): DriverAccount {
  let folder: string | undefined;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podcert-tokens-'));
  });
  after(async () => {
    await kubectl(['delete', 'pod', STOLEN.pod, `--namespace=${DRIVER_NAMESPACE}`, '--grace-period=0', '--force', '--ignore-not-found']);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  return {
    async kubectl(token, args, input) {
      if (folder === undefined) throw new Error('The account is for hooks and tests that follow');
      const user = { name: 'driver', user: { token: token ?? (await driverToken()) } };
      const { clusters } = JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '--output=json'])) as {
        readonly clusters: readonly { readonly name: string }[];
      };
      const context = { name: 'driver', context: { cluster: clusters[0]?.name, user: 'driver' } };
      const path = join(folder, 'kubeconfig');
      const config = { apiVersion: 'v1', kind: 'Config', clusters, users: [user], contexts: [context], 'current-context': 'driver' };
      await writeFile(path, JSON.stringify(config), { mode: 0o600 });
      return kubectl([`--kubeconfig=${path}`, ...args], input);
    },
  };
}

/** A token of the driver's account, bound to a pod as kubelet has it. */
export function driverToken(pod?: string): Promise<string> {
  const bound = pod === undefined ? [] : ['--bound-object-kind=Pod', `--bound-object-name=${pod}`];
  return kubectl(['create', 'token', 'podcert', `--namespace=${DRIVER_NAMESPACE}`, '--duration=10m', ...bound]).then((text) => text.trim());
}

/** A token as somebody has it who stole a node, of which only the pod is there: kubelet runs it nowhere, and a controller takes it away in a minute. */
export async function stolenToken(): Promise<string> {
  await apply(podOnStolenNode());
  return driverToken(STOLEN.pod);
}

/** One of the driver's pods, and its node. */
export async function driverOnNode(): Promise<{ readonly pod: string; readonly node: string }> {
  const [driver] = await driverPods();
  const pod = driver!.metadata.name;
  const { spec } = await getJson<{ spec: { nodeName: string } }>(['pod', pod, `--namespace=${DRIVER_NAMESPACE}`]);
  return { pod, node: spec.nodeName };
}

/** What was said against a call; `done` where nothing was. */
export function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  return call().then(
    () => 'done',
    (error: unknown) => String(error),
  );
}

function podOnStolenNode(): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: STOLEN.pod, namespace: DRIVER_NAMESPACE },
    spec: { nodeName: STOLEN.node, serviceAccountName: 'podcert', containers: [{ name: 'driver', image: 'busybox:1' }] },
  };
}
