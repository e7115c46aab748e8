import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { runInNode } from '../cluster/node.ts';
import { startPart, stopPart } from '../cluster/part-process.ts';
import { requestsIn } from './certificate-requests.ts';
import { kubectl, needsOwnNode, ownNode } from './cluster-access.ts';
import { driverPods, sumOfMetric } from './driver-pods.ts';
import { DRIVER_NAMESPACE, waitForDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { deletePods, startPod, startPods, type ContainerStatus, type Pod } from './pods.ts';
import { readVolume, waitForRenewal } from './volume-files.ts';
import { waitFor } from './wait.ts';

const { signal } = new AbortController();
const STEADY = Array.from({ length: 19 }, (_, index) => `steady-${index + 1}`);

describe('under 20 running pods', () => {
  const namespace = ownNamespace('restart');
  let pods: readonly Pod[];
  let atFirst: Issued;
  before(async () => {
    const steady = STEADY.map((name) => ({ namespace, name, attributes: { duration: '24h' } }));
    pods = await startPods(...steady, { namespace, name: 'quick', attributes: { duration: '20s' } });
    atFirst = await issuedTo(namespace, pods);
  });

  /** Nothing was issued anew, every mount shows its files, and what falls due is renewed. */
  const assertUntouched = async () => {
    assert.deepEqual(await issuedTo(namespace, pods), atFirst);
    await waitForRenewal(namespace, 'quick', await readVolume(namespace, 'quick'));
  };

  it('the driver’s pod can be deleted', async () => {
    const [old] = await driverPods();
    await kubectl(['delete', 'pod', '--selector=app.kubernetes.io/name=podcert', `--namespace=${DRIVER_NAMESPACE}`, '--timeout=60s']);
    await waitForDriver();
    assert.notEqual((await driverPods())[0]?.metadata.uid, old?.metadata.uid);
    await assertUntouched();
  });

  it('the driver can be replaced by a new version of its DaemonSet', async () => {
    await kubectl(['rollout', 'restart', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
    await waitForDriver();
    await assertUntouched();
  });

  it('the driver can be killed by SIGKILL', { skip: needsOwnNode }, async () => {
    await killDriver(namespace);
    await waitForDriver();
    await assertUntouched();
  });

  it('kubelet can be killed, and registers the driver again', { skip: needsOwnNode }, async () => {
    await stopPart('kubelet', 'SIGKILL', signal);
    await startPart(await ownNode(), 'kubelet', signal);
    await startPod({ namespace, name: 'after-kubelet' });
    await deletePods(namespace, 'after-kubelet');
    await assertUntouched();
  });

  it('the API server can be killed, and the watch comes back', { skip: needsOwnNode }, async () => {
    await stopPart('kube-apiserver', 'SIGKILL', signal);
    await startPart(await ownNode(), 'kube-apiserver', signal);
    await assertUntouched();
    assert.equal(await sumOfMetric(/^podcert_watch_open\{resource="certificaterequests"\} /), 1);
  });
});

/** By pod that keeps its certificate: the serial number that it sees, and the requests that were made for it. */
type Issued = readonly { readonly pod: string; readonly serial: string; readonly requests: readonly string[] }[];

async function issuedTo(namespace: string, pods: readonly Pod[]): Promise<Issued> {
  const requests = await requestsIn(namespace);
  const steady = pods.filter(({ metadata }) => STEADY.includes(metadata.name));
  return Promise.all(
    steady.map(async ({ metadata }) => {
      const own = requests.filter((request) => request.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid));
      const { leaf } = await readVolume(namespace, metadata.name);
      return { pod: metadata.name, serial: leaf.serialNumber, requests: own.map((request) => request.metadata.name) };
    }),
  );
}

/** Kills the driver's container past kubelet, and waits until kubelet has started it again. */
async function killDriver(namespace: string): Promise<void> {
  const old = await driverContainer();
  assert.ok(old !== undefined);
  const id = old.containerID.replace('containerd://', '');
  await runInNode(await ownNode(), ['ctr', '--namespace=k8s.io', 'tasks', 'kill', '--signal=SIGKILL', id], signal);
  await waitFor('the container to be started again', namespace, 60_000, async () => {
    const now = await driverContainer();
    return now !== undefined && now.restartCount > old.restartCount && now.ready ? now : undefined;
  });
}

async function driverContainer(): Promise<ContainerStatus | undefined> {
  const [pod] = await driverPods();
  return pod?.status.containerStatuses?.[0];
}
