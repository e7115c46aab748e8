import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runInNode } from '../cluster/node.ts';
import { requestsIn } from './certificate-requests.ts';
import { apply, kubectl, needsOwnNode, ownNode } from './cluster-access.ts';
import { DRIVER_NAMESPACE, installDriver, waitForDriver } from './install.ts';
import { createNamespace, deleteNamespace, ownNamespace } from './namespaces.ts';
import { CHART_CSI_DRIVER, CHART_DATA_ROOT, CHART_NAME, chartObjects } from './peer-chart.ts';
import { startPeer, type PeerStandIn } from './peer-stand-in.ts';
import { deletePods, startPod, startPods } from './pods.ts';
import { startRegistrar, type Registrar } from './sidecars.ts';
import { readVolume, type VolumeFiles } from './volume-files.ts';
import { waitFor } from './wait.ts';

const ROOT = join(import.meta.dirname, '../..');
const { signal } = new AbortController();
const PODS = Array.from({ length: 20 }, (_, index) => `web-${index + 1}`);

describe('moving from cert-manager’s csi-driver', { skip: needsOwnNode }, () => {
  const namespace = ownNamespace('migrate');
  const place = `${namespace}-chart`;
  const daemonSet = [`daemonset/${CHART_NAME}`, `--namespace=${place}`];
  let peer: PeerStandIn | undefined;
  let registrar: Registrar | undefined;
  let atFirst: readonly VolumeFiles[];

  before(async () => {
    // With its pods, whose sockets are to be ours.
    const wait = ['--cascade=foreground', '--ignore-not-found', '--timeout=60s'];
    await kubectl(['delete', 'daemonset', 'podcert', `--namespace=${DRIVER_NAMESPACE}`, ...wait]);
    await kubectl(['delete', 'csidriver', 'csi.cert-manager.io', '--ignore-not-found']);
    await apply(CHART_CSI_DRIVER);
    await createNamespace(place);
    peer = await startPeer(await ownNode());
  });
  after(async () => {
    await registrar?.close();
    await peer?.close();
    await kubectl(['delete', 'csidriver', 'csi.cert-manager.io', 'csi.podcert.io', '--ignore-not-found']);
    await deleteNamespace(place);
    await kubectl(['delete', `clusterrole/${CHART_NAME}`, `clusterrolebinding/${CHART_NAME}`, '--ignore-not-found']);
    await runInNode(await ownNode(), ['sh', '-c', `cd ${CHART_DATA_ROOT} && for at in inmemfs state; do umount $at; done; true`], signal);
    await installDriver(undefined);
  });

  const readAll = () => Promise.all(PODS.map((pod) => readVolume(namespace, pod)));
  const driverLog = () => kubectl(['logs', ...daemonSet, `--container=${CHART_NAME}`]);

  it('in place, the image alone is changed under 20 running pods, which notice nothing', async () => {
    await startPods(...PODS.map((name) => ({ namespace, name, attributes: { duration: '1h' }, securityContext: { fsGroup: 2000 } })));
    atFirst = await readAll();
    await peer?.close();
    peer = undefined;
    await apply(...chartObjects(place));
    await kubectl(['rollout', 'status', ...daemonSet, '--timeout=90s']);
    // Its pod is ready once its containers run: the chart asks for no more.
    registrar = await waitFor('the driver to answer', namespace, 30_000, startRegistrar);
    const log = await driverLog();
    assert.match(log, /"message":"Agent started","resumed":20,"swept":0,"setAside":0/);
    assert.match(log, /no registration with kubelet: there is no such folder; a node-driver-registrar has to do it/);
    assert.deepEqual(serials(await readAll()), serials(atFirst));
    assert.deepEqual(await requestsIn(namespace), []);
  });

  it('each of them is renewed when its certificate is due, as it runs', async () => {
    for (const [index, pod] of PODS.entries()) {
      const renewed = await waitFor(`a renewal in ${pod}`, namespace, 180_000, async () => {
        const now = await readVolume(namespace, pod);
        return now.leaf.serialNumber === atFirst[index]?.leaf.serialNumber ? undefined : now;
      });
      assert.match(renewed.leaf.issuer, new RegExp(`CA of ${namespace}`));
    }
    assert.equal((await requestsIn(namespace)).length, PODS.length);
  });

  it('another start issues nothing anew', async () => {
    const found = serials(await readAll());
    await kubectl(['rollout', 'restart', ...daemonSet]);
    await kubectl(['rollout', 'status', ...daemonSet, '--timeout=90s']);
    assert.deepEqual(serials(await readAll()), found);
  });

  it('they go without a trace, and new ones come', async () => {
    await waitFor('kubelet to register the driver', namespace, 60_000, async () => registrar!.notifications.length > 0 || undefined);
    await deletePods(namespace, ...PODS);
    assert.equal(await runInNode(await ownNode(), ['ls', '-A', join(CHART_DATA_ROOT, 'inmemfs')], signal), '');
    await startPod({ namespace, name: 'young' });
    assert.match((await readVolume(namespace, 'young')).leaf.issuer, new RegExp(`CA of ${namespace}`));
    assert.doesNotMatch(await driverLog(), /set aside|could not be removed|Renewal failed/);
  });

  it('side by side, by the overlay of docs/migrate-from-csi-driver.md, each serves its own pods', async () => {
    await applyOverlayOfPage();
    await waitForDriver();
    await startPods({ namespace, name: 'here', driver: 'csi.podcert.io' }, { namespace, name: 'there' });
    for (const pod of ['here', 'there']) assert.match((await readVolume(namespace, pod)).leaf.issuer, new RegExp(`CA of ${namespace}`));
    await deletePods(namespace, 'here', 'there', 'young');
  });
});

function serials(all: readonly VolumeFiles[]): readonly string[] {
  return all.map(({ leaf }) => leaf.serialNumber);
}

/** Does what the page says, with the image that the node has. */
async function applyOverlayOfPage(): Promise<void> {
  const page = await readFile(join(ROOT, 'docs/migrate-from-csi-driver.md'), 'utf8');
  const overlay = /```yaml\n(apiVersion: kustomize.*?)```/s.exec(page)?.[1] ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'podcert-migrate-'));
  try {
    await cp(join(ROOT, 'manifests'), join(folder, 'podcert/manifests'), { recursive: true });
    await mkdir(join(folder, 'own'));
    assert.match(overlay, /newName: registry\.example\.com\/podcert/);
    await writeFile(join(folder, 'own/kustomization.yaml'), overlay.replace('registry.example.com/podcert', 'podcert'));
    await kubectl(['apply', `--kustomize=${join(folder, 'own')}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
