import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { volumeIdOf } from '../../demo/kubelet.ts';
import { nodeService } from '../../proto/load.ts';
import { startPart, stopPart } from '../cluster/part-process.ts';
import { getJson, kubectl, needsOwnNode, ownNode } from './cluster-access.ts';
import { sumOfMetric } from './driver-pods.ts';
import { callDriver, KUBELET_INSIDE } from './driver-socket.ts';
import { ownNamespace } from './namespaces.ts';
import { startPod } from './pods.ts';
import type { Pod } from './pods.ts';
import { waitFor } from './wait.ts';

const { signal } = new AbortController();
const CALL_TIMEOUT_MS = 5_000;

/** As much of kubelet's summary as is read (`k8s.io/kubelet/pkg/apis/stats/v1alpha1`). */
interface Summary {
  readonly pods: readonly { readonly podRef: { readonly uid: string }; readonly volume?: readonly VolumeSummary[] }[];
}

interface VolumeSummary {
  readonly name: string;
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly inodes: number;
  readonly inodesUsed: number;
}

/** The volume as kubelet calls it: its id comes from the pod's uid and the volume's name. */
function requestOf({ metadata: { uid, name, namespace } }: Pod) {
  const volumeId = volumeIdOf({ pod: { uid, name, namespace, serviceAccount: '' }, name: 'tls', attributes: {} });
  return { volumeId, volumePath: join(KUBELET_INSIDE, 'pods', uid, 'volumes/kubernetes.io~csi/tls/mount'), stagingTargetPath: '' };
}

async function summaryOf({ metadata: { uid } }: Pod): Promise<VolumeSummary | undefined> {
  const { items } = await getJson<{ items: readonly { readonly metadata: { readonly name: string } }[] }>(['nodes']);
  for (const { metadata } of items) {
    const summary = JSON.parse(await kubectl(['get', '--raw', `/api/v1/nodes/${metadata.name}/proxy/stats/summary`])) as Summary;
    const volume = summary.pods.find(({ podRef }) => podRef.uid === uid)?.volume?.find(({ name }) => name === 'tls');
    if (volume !== undefined) return volume;
  }
  return undefined;
}

describe('the size of a volume', () => {
  const namespace = ownNamespace('stats');

  it("is in kubelet's summary of its node", async () => {
    const pod = await startPod({ namespace, name: 'measured' });
    // kubelet looks for new pods once a minute, and measures each one up to a minute later.
    const volume = await waitFor("the volume in kubelet's summary", namespace, 180_000, () => summaryOf(pod));
    assert.equal(volume.capacityBytes, 8 * 1024 * 1024);
    assert.ok(volume.usedBytes > 0 && volume.usedBytes < volume.capacityBytes, String(volume.usedBytes));
    assert.equal(volume.usedBytes + volume.availableBytes, volume.capacityBytes);
    assert.ok(volume.inodesUsed > 3 && volume.inodesUsed < volume.inodes, String(volume.inodesUsed));
  });
});

describe('the health of a volume', { skip: needsOwnNode }, () => {
  const namespace = ownNamespace('health');
  let pod: Pod;
  let isDown = false;
  const start = async () => {
    if (!isDown) return;
    await startPart(await ownNode(), 'cert-manager', signal);
    isDown = false;
  };
  before(async () => {
    pod = await startPod({ namespace, name: 'expiring', attributes: { duration: '30s' } });
  });
  after(start);

  const look = () => callDriver(nodeService.NodeGetVolumeStats, requestOf(pod), CALL_TIMEOUT_MS);

  it('is told by the driver on the node, from good to expired and back, as cert-manager goes and comes', async () => {
    assert.equal((await look()).volumeCondition?.abnormal, false);
    await stopPart('cert-manager', 'SIGTERM', signal);
    isDown = true;
    const { volumeCondition, usage } = await waitFor('an expired certificate', namespace, 60_000, async () => {
      const answer = await look();
      return answer.volumeCondition?.message.includes('expired') ? answer : undefined;
    });
    assert.equal(volumeCondition?.abnormal, true);
    assert.match(volumeCondition.message, /see to the issuer "ca" \(Issuer\)/);
    assert.equal(usage.length, 2);
    const { volumeHealth } = await callDriver(
      nodeService.NodeGetVolumeHealth,
      { volumeId: requestOf(pod).volumeId, volumePublishPath: requestOf(pod).volumePath, stagingTargetPath: '' },
      CALL_TIMEOUT_MS,
    );
    assert.deepEqual(
      volumeHealth?.healthStatuses.map(({ status, reason }) => [status, reason]),
      [['INACCESSIBLE', 'CertificateExpired']],
    );
    assert.ok((await sumOfMetric(/^podcert_abnormal_volumes\{reason="CertificateExpired"\}/)) >= 1);
    await start();
    await waitFor('a volume that is well again', namespace, 120_000, async () =>
      (await look()).volumeCondition?.abnormal === false ? true : undefined,
    );
  });
});
