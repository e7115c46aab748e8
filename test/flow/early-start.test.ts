import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import { readPodFolder } from '../support/pod-folder.ts';

async function makePod(bench: DriverBench, name: string, attributes: Record<string, string>): Promise<InlineVolume> {
  return { ...bench.volume(name, attributes), pod: await bench.cluster.nodePods.create(name) };
}

function filesIn(bench: DriverBench, volume: InlineVolume): Promise<readonly string[]> {
  return readdir(bench.kubelet.targetPath(volume));
}

describe('a pod that starts before its certificate is there', () => {
  it('finds an empty folder, and its files once the API tells of its IPs, by one request (invariants 1 and 9)', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const volume = await makePod(bench, 'web', { 'podcert.io/wait-for': 'pod-ip', 'ip-sans': '$POD_IPS', 'common-name': '$POD_IP' });
    await bench.kubelet.publish(volume);
    assert.deepEqual(await filesIn(bench, volume), []);
    assert.deepEqual(await bench.cluster.requests(), []);
    await bench.cluster.nodePods.setStatus('web', { podIP: '10.0.0.7', podIPs: [{ ip: '10.0.0.7' }, { ip: '2001:db8::7' }] });
    await bench.journal.nth('published', 1);
    const { leaf, isPair } = await readPodFolder(bench.kubelet.targetPath(volume));
    assert.equal(isPair, true);
    assert.equal(leaf.subject, 'CN=10.0.0.7');
    assert.equal(leaf.subjectAltName, 'DNS:web.example, IP Address:10.0.0.7, IP Address:2001:DB8:0:0:0:0:0:7');
    const calls = bench.cluster.proxy.calls.filter(({ path }) => path.endsWith('/pods'));
    assert.deepEqual(
      calls.map(({ verb }) => verb),
      ['list', 'watch'],
    );
    assert.equal((await bench.cluster.requests()).length, 1);
    await bench.kubelet.unpublish(volume);
    assert.deepEqual(await bench.remains(), []);
  });

  it('is any pod of a node whose gate it does not meet', async (context) => {
    const bench = await openDriverBench(context, { cluster: {}, gates: [{ kind: 'pod-condition', type: 'Initialized', status: 'True' }] });
    const volume = await makePod(bench, 'web', {});
    await bench.kubelet.publish(volume);
    assert.deepEqual(await filesIn(bench, volume), []);
    await bench.cluster.nodePods.setStatus('web', { conditions: [{ type: 'Initialized', status: 'True' }] });
    await bench.journal.nth('published', 1);
    await readPodFolder(bench.kubelet.targetPath(volume));
  });
});
