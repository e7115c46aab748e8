import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { allowApprover, decide, disallowApprover, onlyOurApprover } from './approver.ts';
import { requestsIn, type CertificateRequest } from './certificate-requests.ts';
import { waitForDriverEvent } from './driver-events.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, eventsOf, waitUntilReady } from './pods.ts';
import { waitFor } from './wait.ts';

const MESSAGE = 'No certificates on Sundays: ask platform@example.com';

describe('a pod whose request an approver denies', { skip: onlyOurApprover }, () => {
  const namespace = ownNamespace('approval');
  before(() => disallowApprover(namespace));
  after(allowApprover);
  let denied: CertificateRequest;

  it('tells the approver’s message in its events', async () => {
    await createPods({ namespace, name: 'web' });
    denied = await waitFor('the request', namespace, 60_000, async () => (await requestsIn(namespace)).at(0));
    await decide('Denied', MESSAGE, namespace, denied.metadata.name);
    await waitFor('the event of kubelet', namespace, 60_000, async () =>
      (await eventsOf(namespace, 'web')).find((text) => text.includes(MESSAGE) && text.includes('PermissionDenied')),
    );
    const { message, related } = await waitForDriverEvent({ namespace, pod: 'web', reason: 'CertificateDenied' });
    assert.deepEqual([message.includes(MESSAGE), related?.name], [true, denied.metadata.name]);
  });

  it('starts by a new request once the approver allows it', async () => {
    await allowApprover();
    await waitUntilReady(namespace, 'web', 150_000);
    const names = (await requestsIn(namespace)).map(({ metadata }) => metadata.name);
    assert.equal(names.length, 1);
    assert.notEqual(names[0], denied.metadata.name);
  });
});
