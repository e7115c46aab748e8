import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { runInNode } from '../cluster/node.ts';
import { powerOff, powerOn } from '../cluster/power.ts';
import { getJson, kubectl, needsOwnNode, ownNode } from './cluster-access.ts';
import { countVolumes, driverPods } from './driver-pods.ts';
import { waitForDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { startPods, type Pod } from './pods.ts';
import { readVolume, type VolumeFiles } from './volume-files.ts';
import { waitFor } from './wait.ts';

const { signal } = new AbortController();
const NAMES = ['one', 'two', 'three'];

describe('when a node loses its power', { skip: needsOwnNode }, () => {
  const namespace = ownNamespace('reboot');
  const pods = new Map<string, Pod>();
  const files = new Map<string, VolumeFiles>();
  let isOff = false;
  const turnOn = async () => {
    if (!isOff) return;
    await powerOn(await ownNode(), signal);
    isOff = false;
    await waitForDriver();
  };
  before(async () => {
    const wishes = [...NAMES, 'gone'].map((name) => ({ namespace, name, attributes: { duration: '24h' } }));
    for (const pod of await startPods(...wishes)) pods.set(pod.metadata.name, pod);
    for (const name of NAMES) files.set(name, await readVolume(namespace, name));
    isOff = true;
    await powerOff(await ownNode(), signal);
    // As somebody does who cannot wait for the node to come back.
    await kubectl(['delete', 'pod/gone', `--namespace=${namespace}`, '--force', '--grace-period=0']);
  });
  after(turnOn);

  it('its pods come back with new keys, and each with one mount', async () => {
    const [driver] = await driverPods();
    await turnOn();
    await waitForRestart(driver!);
    for (const name of NAMES) await waitForRestart(pods.get(name)!);
    for (const name of NAMES) {
      const { keyPem, leaf } = await readVolume(namespace, name);
      assert.notEqual(keyPem, files.get(name)?.keyPem);
      assert.equal(leaf.checkPrivateKey(createPrivateKey(keyPem)), true);
      assert.equal((await mountsBelow(`/var/lib/kubelet/pods/${pods.get(name)!.metadata.uid}/volumes/kubernetes.io~csi`)).length, 1);
    }
  });

  it('nothing is left of a pod that was deleted meanwhile', async () => {
    const folder = `/var/lib/kubelet/pods/${pods.get('gone')!.metadata.uid}`;
    const node = await ownNode();
    await waitFor('kubelet to remove its folder', namespace, 120_000, async () => {
      return (await runInNode(node, ['sh', '-c', `test -e ${folder} || echo gone`], signal)) === 'gone\n' || undefined;
    });
    assert.equal((await mountsBelow('/var/lib/podcert/volumes')).length, await countVolumes());
  });
});

/** Waits until kubelet has started a pod's container again since it was looked at. */
function waitForRestart({ metadata: { name, namespace }, status }: Pod): Promise<Pod> {
  const before = status.containerStatuses?.[0]?.restartCount ?? 0;
  return waitFor(`pod ${namespace}/${name} to be back`, namespace, 180_000, async () => {
    const pod = await getJson<Pod>(['pod', name, `--namespace=${namespace}`]);
    const [container] = pod.status.containerStatuses ?? [];
    return container !== undefined && container.restartCount > before && container.ready ? pod : undefined;
  });
}

/** The mount points below a folder, as the node sees them. */
async function mountsBelow(folder: string): Promise<string[]> {
  const table = await runInNode(await ownNode(), ['cat', '/proc/self/mounts'], signal);
  const points = table.split('\n').map((line) => line.split(' ')[1] ?? '');
  return points.filter((point) => point.startsWith(`${folder}/`));
}
