import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { volumeIdOf } from '../../../demo/kubelet.ts';
import type { PublishRequest } from '../../../node-agent/ports.ts';
import { identityService, nodeService } from '../../../proto/load.ts';
import type { VolumeCapability } from '../../../proto/messages.ts';
import { VOLUME, serveAgent } from './served-agent.ts';

describe('the Node service', () => {
  it('hands the agent what kubelet sent, untouched', async (t) => {
    const seen: PublishRequest[] = [];
    const { kubelet } = await serveAgent(t, { publish: async (request) => void seen.push(request) });
    await kubelet.publish({ ...VOLUME, fsGroup: 2000, secrets: { password: 'p' } });
    assert.deepEqual(seen, [
      {
        volumeId: volumeIdOf(VOLUME),
        targetPath: kubelet.targetPath(VOLUME),
        readOnly: true,
        attributes: {
          'csi.cert-manager.io/issuer-name': 'ca',
          'csi.storage.k8s.io/pod.name': 'web-0',
          'csi.storage.k8s.io/pod.namespace': 'shop',
          'csi.storage.k8s.io/pod.uid': VOLUME.pod.uid,
          'csi.storage.k8s.io/serviceAccount.name': 'web',
          'csi.storage.k8s.io/ephemeral': 'true',
        },
        secrets: { password: 'p' },
        access: 'mount',
        accessMode: 'SINGLE_NODE_WRITER',
        fsType: '',
        mountFlags: [],
        volumeMountGroup: '2000',
      },
    ]);
  });

  const mount = { fsType: 'xfs', mountFlags: ['a', 'b'], volumeMountGroup: '7' };
  const capabilities: readonly { readonly name: string; readonly capability: VolumeCapability | null; readonly expected: object }[] = [
    {
      name: 'no capability',
      capability: null,
      expected: { access: 'none', accessMode: 'UNKNOWN', fsType: '', mountFlags: [], volumeMountGroup: '' },
    },
    {
      name: 'a capability without access type',
      capability: { accessMode: { mode: 'UNKNOWN' } },
      expected: { access: 'none', accessMode: 'UNKNOWN' },
    },
    { name: 'a raw device', capability: { block: {}, accessMode: null }, expected: { access: 'block', accessMode: 'UNKNOWN' } },
    {
      name: 'a mount with everything',
      capability: { mount, accessMode: { mode: 'MULTI_NODE_READER_ONLY' } },
      expected: { access: 'mount', accessMode: 'MULTI_NODE_READER_ONLY', ...mount },
    },
    { name: 'an access mode of a later version', capability: { mount, accessMode: { mode: 42 } }, expected: { accessMode: '42' } },
  ];
  for (const { name, capability, expected } of capabilities) {
    it(`passes on ${name} for the agent to judge`, async (t) => {
      const seen: PublishRequest[] = [];
      const { kubelet } = await serveAgent(t, { publish: async (request) => void seen.push(request) });
      await kubelet.call(nodeService.NodePublishVolume, { ...kubelet.publishRequest(VOLUME), volumeCapability: capability });
      assert.deepEqual({ ...seen[0], ...expected }, seen[0]);
    });
  }

  it('passes an unpublish on, also an empty one, for the agent to judge', async (t) => {
    const seen: [string, string][] = [];
    const { kubelet } = await serveAgent(t, { unpublish: async (...[volumeId, targetPath]) => void seen.push([volumeId, targetPath]) });
    await kubelet.unpublish(VOLUME);
    await kubelet.call(nodeService.NodeUnpublishVolume, { volumeId: '', targetPath: '' });
    assert.deepEqual(seen, [
      [volumeIdOf(VOLUME), kubelet.targetPath(VOLUME)],
      ['', ''],
    ]);
  });

  it('tells its node, no limit of volumes, and that it takes care of fsGroup, sizes and health', async (t) => {
    const { kubelet } = await serveAgent(t);
    assert.deepEqual(await kubelet.getInfo(), { nodeId: 'node-1', maxVolumesPerNode: '0', accessibleTopology: null });
    assert.deepEqual(await kubelet.capabilities(), ['VOLUME_MOUNT_GROUP', 'GET_VOLUME_STATS', 'VOLUME_CONDITION', 'GET_VOLUME_HEALTH']);
  });

  const unserved = ['NodeStageVolume', 'NodeUnstageVolume', 'NodeExpandVolume', 'NodeGetStorageHealth'];
  for (const name of unserved) {
    it(`answers UNIMPLEMENTED to ${name}, by name`, async (t) => {
      const { kubelet } = await serveAgent(t);
      const method = nodeService[name];
      assert.ok(method);
      await assert.rejects(kubelet.call(method, {}), { code: status.UNIMPLEMENTED, details: new RegExp(name) });
    });
  }
});

describe('the Identity service', () => {
  it('tells name and version, and no controller service', async (t) => {
    const { kubelet } = await serveAgent(t);
    assert.deepEqual(await kubelet.pluginInfo(), { name: 'csi.cert-manager.io', vendorVersion: '1.2.3', manifest: {} });
    assert.deepEqual(await kubelet.call(identityService.GetPluginCapabilities, {}), { capabilities: [] });
  });
});
