import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestsIn } from './certificate-requests.ts';
import { kubectl } from './cluster-access.ts';
import { driverLog } from './driver-log.ts';
import { countVolumes } from './driver-pods.ts';
import { deleteNamespace, ownNamespace } from './namespaces.ts';
import { createPods, startPods, waitUntilReady } from './pods.ts';
import { waitFor } from './wait.ts';

const NAMES = Array.from({ length: 60 }, (_, index) => `pod-${index + 1}`);
/** Most calls take less than 0.1 s, though unmounts come one after the other. Behind 59 others that wait for something, the last would take longer. */
const LONGEST_UNPUBLISH_MS = 5_000;

describe('60 pods made at once', () => {
  const namespace = ownNamespace('many');

  it('all start, each by one request of its own', async () => {
    await createPods(...NAMES.map((name) => ({ namespace, name, attributes: { 'key-algorithm': 'RSA' } })));
    for (const name of NAMES) await waitUntilReady(namespace, name, 240_000);
    const owners = (await requestsIn(namespace)).map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
    assert.equal(owners.length, NAMES.length);
    assert.equal(new Set(owners).size, NAMES.length);
  });

  it('go at once too: no unpublish waits for another, and neither a volume nor a request stays', async () => {
    const others = (await countVolumes()) - NAMES.length;
    const startedAt = new Date();
    await kubectl(['delete', 'pods', '--all', `--namespace=${namespace}`, '--timeout=170s']);
    const calls = (await driverLog()).filter(({ method, time }) => method === 'NodeUnpublishVolume' && new Date(time) >= startedAt);
    assert.equal(new Set(calls.map(({ volumeId }) => volumeId)).size, NAMES.length);
    const slow = calls.filter(({ code, durationMs = Infinity }) => code !== 'OK' || durationMs > LONGEST_UNPUBLISH_MS);
    assert.deepEqual(slow, []);
    assert.equal(await countVolumes(), others);
    await waitFor('the garbage collector', namespace, 60_000, async () => (await requestsIn(namespace)).length === 0 || undefined);
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
