import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { STATE } from '../cluster/folders.ts';
import { kubectl, needsOwnNode } from './cluster-access.ts';
import { waitForDriverEvent } from './driver-events.ts';
import { driverPods } from './driver-pods.ts';
import { DRIVER_NAMESPACE, waitForDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, startPod, waitUntilReady } from './pods.ts';
import { readVolume } from './volume-files.ts';

const KIND = 'customresourcedefinition/certificaterequests.cert-manager.io';

// With its requests alone: its other kinds hold what other namespaces need.
describe('a driver that starts where cert-manager is not installed yet', { skip: needsOwnNode }, () => {
  const namespace = ownNamespace('late');
  before(async () => {
    await startPod({ namespace, name: 'running', attributes: { duration: '24h' } });
    await kubectl(['delete', KIND, '--timeout=60s']);
    await kubectl(['delete', 'pod', '--selector=app.kubernetes.io/name=podcert', `--namespace=${DRIVER_NAMESPACE}`, '--timeout=60s']);
  });
  after(installKind);

  it('serves all the same, leaves running pods their files, and tells a new pod what is missing', async () => {
    await waitForDriver();
    await readVolume(namespace, 'running');
    await createPods({ namespace, name: 'new' });
    const { message } = await waitForDriverEvent({ namespace, pod: 'new', reason: 'CertificateWaiting' });
    assert.match(message, /answered 404 .*CustomResourceDefinition/);
  });

  it('goes on by itself once cert-manager is there', async () => {
    await installKind();
    await waitUntilReady(namespace, 'new', 150_000);
    const [driver] = await driverPods();
    assert.equal(driver?.status.containerStatuses?.[0]?.restartCount, 0);
  });
});

async function installKind(): Promise<void> {
  await kubectl(['apply', '--server-side', `--filename=${join(STATE, 'programs', 'crds')}`]);
  await kubectl(['wait', '--for=condition=Established', KIND, '--timeout=30s']);
}
