import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { Disk, TmpfsOptions } from '../../node-agent/ports.ts';
import { nodeService } from '../../proto/load.ts';
import { openDriverBench } from '../support/driver-bench.ts';

const OWN = { text: 'system_u:object_r:container_file_t:s0', setBy: '--selinux-context' };

describe('the SELinux label of a volume', () => {
  const requests = [
    { name: "the driver's own", mountFlags: [], label: OWN },
    {
      name: 'the one of a context= among the mount flags',
      mountFlags: ['ro', 'context="a:b:c:s0:c1,c2"'],
      label: { text: 'a:b:c:s0:c1,c2', setBy: 'mount_flags' },
    },
    { name: 'the one of a context= without quotes', mountFlags: ['context=a:b:c'], label: { text: 'a:b:c', setBy: 'mount_flags' } },
    { name: "the driver's own beside a flag of another name", mountFlags: ['fscontext=a:b:c'], label: OWN },
  ];
  for (const { name, mountFlags, label } of requests) {
    it(`is ${name}, on its tmpfs`, async (context) => {
      const mounted: TmpfsOptions[] = [];
      const watched = (disk: Disk): Disk => ({
        ...disk,
        mountTmpfs: (path, options) => (mounted.push(options), disk.mountTmpfs(path, options)),
      });
      const bench = await openDriverBench(context, { disk: watched });
      const { kubelet } = bench;
      const web = bench.volume('web');
      const request = kubelet.publishRequest(web);
      const volumeCapability = {
        mount: { fsType: '', mountFlags, volumeMountGroup: '' },
        accessMode: { mode: 'SINGLE_NODE_WRITER' as const },
      };
      mkdirSync(dirname(request.targetPath), { recursive: true });
      await kubelet.call(nodeService.NodePublishVolume, { ...request, volumeCapability });
      // The state's own tmpfs comes first, and no pod sees that.
      assert.deepEqual(
        mounted.map(({ selinuxLabel }) => selinuxLabel),
        [undefined, label],
      );
    });
  }

  it('is refused where it could add options to the mount (invariant 10)', async (context) => {
    const bench = await openDriverBench(context);
    const { kubelet } = bench;
    const mount = { fsType: '', mountFlags: ['context="a:b:c",size=100g,x=""'], volumeMountGroup: '' };
    const volumeCapability = { mount, accessMode: { mode: 'SINGLE_NODE_WRITER' as const } };
    const request = { ...kubelet.publishRequest(bench.volume('web')), volumeCapability };
    await assert.rejects(kubelet.call(nodeService.NodePublishVolume, request), {
      code: status.INVALID_ARGUMENT,
      details: /mount_flags "context=.*is no SELinux context; write it as context="user:role:type:level"/,
    });
    assert.deepEqual(await bench.remains(), []);
  });
});
