import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import type { PodTexts } from '../support/node-pods.ts';
import { passTime } from '../support/pass-time.ts';
import { readPodFolder } from '../support/pod-folder.ts';

const APP = '${POD_LABEL:app}';

/** A pod that the API knows, and a volume of its own. */
async function makePod(bench: DriverBench, name: string, attributes: Record<string, string>, texts: PodTexts = {}): Promise<InlineVolume> {
  return { ...bench.volume(name, attributes), pod: await bench.cluster.nodePods.create(name, texts) };
}

/** Changes a pod and waits until the driver has been told, as it has once it publishes for a pod that was made later. */
async function change(bench: DriverBench, name: string, texts: PodTexts): Promise<void> {
  await bench.cluster.nodePods.change(name, texts);
  const marker = await makePod(bench, `after-${name}`, { 'dns-names': `${APP}.example` }, { labels: { app: 'marker' } });
  await bench.kubelet.publish(marker);
  await bench.kubelet.unpublish(marker);
  await bench.cluster.nodePods.remove(`after-${name}`);
}

async function namesIn(bench: DriverBench, volume: InlineVolume): Promise<string | undefined> {
  return (await readPodFolder(bench.kubelet.targetPath(volume))).leaf.subjectAltName;
}

function podCalls(bench: DriverBench): readonly string[] {
  const calls = bench.cluster.proxy.calls.filter(({ path }) => path.endsWith('/pods'));
  return calls.map(({ verb, path, query }) => `${verb} ${path} ${query.get('fieldSelector')}`);
}

describe('variables that the pod’s object says', () => {
  it('are filled in before a certificate is asked for, by one list and one watch of this node’s pods (invariant 9)', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const attributes = { 'dns-names': `${APP}.$POD_NAME.example,\${POD_ANNOTATION:example.com/names}`, 'ip-sans': '${POD_ANNOTATION:ip}' };
    const annotations = { 'example.com/names': 'a.example,b.example', ip: '192.0.2.7' };
    for (const name of ['web-1', 'web-2']) {
      const volume = await makePod(bench, name, attributes, { labels: { app: 'till' }, annotations });
      await bench.kubelet.publish(volume);
      assert.equal(await namesIn(bench, volume), `DNS:till.${name}.example, DNS:a.example, DNS:b.example, IP Address:192.0.2.7`);
    }
    const { nodeId } = await bench.kubelet.getInfo();
    assert.deepEqual(
      podCalls(bench),
      ['list', 'watch'].map((verb) => `${verb} /api/v1/pods spec.nodeName=${nodeId}`),
    );
  });

  it('cost nothing where no volume asks for them (invariant 9)', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    await bench.kubelet.publish(bench.volume('web', { 'common-name': '$NODE_NAME' }));
    assert.deepEqual(podCalls(bench), []);
  });

  it('wait for the pod that kubelet means, not one of the same name', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const volume = await makePod(bench, 'web', { 'dns-names': `${APP}.example` }, { labels: { app: 'other' } });
    const former = { ...volume, pod: { ...volume.pod, uid: 'uid-of-another' } };
    const published = bench.kubelet.publish(former);
    published.catch(() => undefined);
    const { reason } = await bench.journal.nth('waiting', 1);
    assert.match(reason, /has not told of the pod yet/);
    assert.match((await bench.journal.nth('waiting', 2)).reason, /no such pod .*it is gone, or was made a moment ago/);
    await bench.kubelet.publish(volume);
    await bench.kubelet.unpublish(former);
    await assert.rejects(published);
    assert.deepEqual((await bench.cluster.requests()).length, 1);
  });

  it('are told to be missing, and nothing is asked for or left, until the pod has them', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const volume = await makePod(bench, 'web', { 'dns-names': `${APP}.example` });
    await assert.rejects(bench.kubelet.publish(volume), {
      code: status.INVALID_ARGUMENT,
      message: /dns-names "\$\{POD_LABEL:app\}": is a missing or empty label of the pod/,
    });
    assert.deepEqual(await bench.cluster.requests(), []);
    assert.deepEqual(await bench.onDisk(), []);
    await change(bench, 'web', { labels: { app: 'till' } });
    await bench.kubelet.publish(volume);
    assert.equal(await namesIn(bench, volume), 'DNS:till.example');
  });

  it('are looked at again by each renewal, which fails and leaves the files where they will not do any more (invariant 4)', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const volume = await makePod(bench, 'web', { 'dns-names': '${POD_ANNOTATION:names}' }, { annotations: { names: 'a.example' } });
    await bench.kubelet.publish(volume);
    const before = await readPodFolder(bench.kubelet.targetPath(volume));
    await change(bench, 'web', { annotations: { names: 'not a name' } });
    const { renewAt } = await bench.journal.nth('published', 1);
    await bench.clock.advance(renewAt.getTime() - bench.clock.now().getTime());
    const failed = await bench.journal.nth('renewal-failed', 1);
    assert.equal(failed.failure.code, 'invalid-request');
    assert.equal((await readPodFolder(bench.kubelet.targetPath(volume))).chainPem, before.chainPem);
    await bench.cluster.nodePods.change('web', { annotations: { names: 'b.example' } });
    // The watch was silent for too long by this clock, and needs time to be opened again.
    await passTime(bench.clock, bench.journal.nth('renewed', 1));
    assert.equal(await namesIn(bench, volume), 'DNS:b.example');
  });

  it('are refused at once where there is no Kubernetes API', async (context) => {
    const bench = await openDriverBench(context);
    await assert.rejects(bench.kubelet.publish(bench.volume('web', { 'dns-names': `${APP}.example` })), {
      code: status.INVALID_ARGUMENT,
      message: /--kubeconfig/,
    });
  });
});
