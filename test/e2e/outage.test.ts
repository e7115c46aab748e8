import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPart, stopPart } from '../cluster/part-process.ts';
import { requestsIn } from './certificate-requests.ts';
import { needsOwnNode, ownNode } from './cluster-access.ts';
import { countVolumes } from './driver-pods.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, deletePods, waitUntilReady } from './pods.ts';
import { waitFor } from './wait.ts';

const { signal } = new AbortController();
const NAMES = ['one', 'two', 'three'];

describe('while cert-manager is down', { skip: needsOwnNode }, () => {
  const namespace = ownNamespace('outage');
  let isDown = false;
  before(async () => {
    await stopPart('cert-manager', 'SIGTERM', signal);
    isDown = true;
  });
  const start = async () => {
    if (!isDown) return;
    await startPart(await ownNode(), 'cert-manager', signal);
    isDown = false;
  };
  after(start);

  it('a pod that is deleted takes its request with it', async () => {
    await createPods({ namespace, name: 'gone' });
    await waitFor('the request', namespace, 60_000, async () => (await requestsIn(namespace)).at(0));
    await deletePods(namespace, 'gone');
    // kubelet does not unpublish while its publish call is in flight: that must end with the request, not with its deadline of two minutes.
    await waitFor('no request and no volume', namespace, 45_000, async () =>
      (await requestsIn(namespace)).length === 0 && (await countVolumes()) === 0 ? true : undefined,
    );
  });

  it('pods wait, each with one request, and start by that when it is back', async () => {
    await createPods(...NAMES.map((name) => ({ namespace, name })));
    const pending = await waitFor('the requests', namespace, 60_000, async () => {
      const requests = await requestsIn(namespace);
      return requests.length === NAMES.length ? requests : undefined;
    });
    await start();
    for (const name of NAMES) await waitUntilReady(namespace, name);
    const names = (requests: typeof pending) => requests.map(({ metadata }) => metadata.name).toSorted();
    assert.deepEqual(names(await requestsIn(namespace)), names(pending));
  });
});
