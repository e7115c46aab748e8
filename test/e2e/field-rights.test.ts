import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { waitForDriverEvent } from './driver-events.ts';
import { driverPods } from './driver-pods.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, startPod, waitUntilReady } from './pods.ts';
import { giveRightsBack, takeRightAway } from './rights.ts';
import { readVolume, waitForRenewal } from './volume-files.ts';

describe('a driver that may make no requests any more', () => {
  const namespace = ownNamespace('rights');
  before(async () => {
    await startPod({ namespace, name: 'running', attributes: { duration: '60s' } });
    await takeRightAway('create', 'cert-manager.io', 'certificaterequests');
  });
  after(giveRightsBack);

  it('says so in the events of a pod that needs a certificate, and leaves running pods theirs', async () => {
    await createPods({ namespace, name: 'new' });
    const { message } = await waitForDriverEvent({ namespace, pod: 'new', reason: 'CertificateWaiting' });
    assert.match(message, /403 Forbidden/);
    await readVolume(namespace, 'running');
  });

  it('goes on by itself once it may again: the pod starts, and others are renewed', async () => {
    const [driver] = await driverPods();
    await giveRightsBack();
    await waitUntilReady(namespace, 'new', 120_000);
    await waitForRenewal(namespace, 'running', await readVolume(namespace, 'running'));
    const [now] = await driverPods();
    assert.equal(now?.metadata.uid, driver?.metadata.uid);
    assert.equal(now?.status.containerStatuses?.[0]?.restartCount, driver?.status.containerStatuses?.[0]?.restartCount);
  });
});
