import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SETTINGS } from '../cluster/folders.ts';
import { requestsIn, type CertificateRequest } from './certificate-requests.ts';
import { kubectl, needsOwnNode } from './cluster-access.ts';
import { waitForDriverEvent } from './driver-events.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, eventsOf, waitUntilReady } from './pods.ts';
import { isAllowed } from './rights.ts';
import { waitFor } from './wait.ts';

const skip = needsOwnNode && 'it takes the rights of cert-manager’s approver away, which other clusters give in other ways';
const MESSAGE = 'No certificates on Sundays: ask platform@example.com';

describe('a pod whose request an approver denies', { skip }, () => {
  const namespace = ownNamespace('approval');
  before(async () => {
    await kubectl(['delete', 'clusterrolebinding', 'cert-manager-approver']);
    // The API server hears of it from its own watch, and till then the approver is quicker than we.
    await waitFor('the approver to have no rights', namespace, 30_000, async () => ((await mayApprove()) ? undefined : true));
  });
  after(allowApprover);
  let denied: CertificateRequest;

  it('tells the approver’s message in its events', async () => {
    await createPods({ namespace, name: 'web' });
    denied = await waitFor('the request', namespace, 60_000, async () => (await requestsIn(namespace)).at(0));
    await deny(namespace, denied.metadata.name);
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

async function deny(namespace: string, request: string): Promise<void> {
  const condition = { type: 'Denied', status: 'True', reason: 'test', message: MESSAGE, lastTransitionTime: new Date().toISOString() };
  const patch = JSON.stringify({ status: { conditions: [condition] } });
  const what = ['certificaterequest', request, `--namespace=${namespace}`];
  await kubectl(['patch', ...what, '--subresource=status', '--type=merge', `--patch=${patch}`]);
}

/** Whether cert-manager's own approver may approve requests for issuers. */
function mayApprove(): Promise<boolean> {
  return isAllowed('cert-manager', { group: 'cert-manager.io', resource: 'signers', verb: 'approve', name: 'issuers.cert-manager.io/*' });
}

async function allowApprover(): Promise<void> {
  await kubectl(['apply', '--server-side', `--filename=${join(SETTINGS, 'cert-manager/roles.yaml')}`]);
}
