import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestsIn } from './certificate-requests.ts';
import { countVolumes } from './driver-pods.ts';
import { deleteNamespace, ownNamespace } from './namespaces.ts';
import { createPods, startPods, waitUntilReady } from './pods.ts';

const NAMES = Array.from({ length: 60 }, (_, index) => `pod-${index + 1}`);

describe('60 pods made at once', () => {
  const namespace = ownNamespace('many');

  it('all start, each by one request of its own', async () => {
    await createPods(...NAMES.map((name) => ({ namespace, name, attributes: { 'key-algorithm': 'RSA' } })));
    for (const name of NAMES) await waitUntilReady(namespace, name, 240_000);
    const owners = (await requestsIn(namespace)).map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
    assert.equal(owners.length, NAMES.length);
    assert.equal(new Set(owners).size, NAMES.length);
  });
});

describe('a namespace that is deleted', () => {
  const namespace = ownNamespace('deleted');

  it('goes with the pods in it, and nothing of their volumes is left', async () => {
    const others = await countVolumes();
    await startPods({ namespace, name: 'one' }, { namespace, name: 'two' }, { namespace, name: 'three' });
    assert.equal(await countVolumes(), others + 3);
    await deleteNamespace(namespace);
    assert.equal(await countVolumes(), others);
  });
});
