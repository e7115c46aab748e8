import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { only, readFolder } from '../manifests/read.ts';
import { apply, getJson, kubectl, needsOwnNode } from './cluster-access.ts';
import { DRIVER_NAMESPACE, installDriver, waitForDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { startPod } from './pods.ts';
import { probeAsSidecar, startRegistrar, type Registrar } from './sidecars.ts';
import { readVolume } from './volume-files.ts';
import { waitFor } from './wait.ts';

describe('a driver that cannot reach kubelet’s registration folder', { skip: needsOwnNode }, () => {
  const namespace = ownNamespace('sidecars');
  let registrar: Registrar | undefined;
  before(async () => {
    await apply(withoutRegistration());
    await waitForDriver();
  });
  after(async () => {
    await registrar?.close();
    await installDriver(undefined);
  });

  it('stands down, and says so', async () => {
    const log = await kubectl(['logs', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
    assert.match(log, /no registration with kubelet: there is no such folder; a node-driver-registrar has to do it/);
    await waitFor('kubelet to have forgotten the driver', namespace, 60_000, async () => !(await isRegistered()) || undefined);
  });

  it('serves pods when node-driver-registrar registers it', async () => {
    const started = (registrar = await startRegistrar());
    await waitFor('kubelet to register the driver', namespace, 60_000, async () => started.notifications.length > 0 || undefined);
    assert.deepEqual(started.notifications, [{ pluginRegistered: true, error: '' }]);
    assert.equal(await isRegistered(), true);
    await startPod({ namespace, name: 'web' });
    assert.match((await readVolume(namespace, 'web')).keyPem, /PRIVATE KEY/);
  });

  it('answers livenessprobe', async () => {
    assert.equal(await probeAsSidecar(), true);
  });
});

/** The DaemonSet as the peer's is for the driver: the registration folder belongs to the registrar’s container alone. */
function withoutRegistration(): object {
  const daemonSet = structuredClone(only(readFolder('.'), 'DaemonSet'));
  const pod = daemonSet.spec!.template.spec!;
  const [container] = pod.containers;
  container!.volumeMounts = container!.volumeMounts!.filter(({ name }) => name !== 'registration');
  pod.volumes = pod.volumes!.filter(({ name }) => name !== 'registration');
  return daemonSet;
}

/** What kubelet says of the drivers that it knows. */
async function isRegistered(): Promise<boolean> {
  const { items } = await getJson<{
    items: readonly { readonly spec: { readonly drivers: readonly { readonly name: string }[] | null } }[];
  }>(['csinodes']);
  return items.some(({ spec }) => spec.drivers?.some(({ name }) => name === 'csi.cert-manager.io'));
}
