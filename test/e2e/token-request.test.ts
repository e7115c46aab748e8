import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { requestsIn } from './certificate-requests.ts';
import { kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE, installDriver, waitForDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, eventsOf, startPod, waitUntilReady } from './pods.ts';
import { readVolume } from './volume-files.ts';
import { waitFor } from './wait.ts';

const IMAGE = process.env['PODCERT_E2E_IMAGE'];
/** kubelet calls a volume again every 60 to 90 s. */
const REPUBLISH_TIMEOUT_MS = 180_000;

describe('with requests by the pods’ own service accounts', () => {
  const namespace = ownNamespace('token');
  const account = `system:serviceaccount:${namespace}:default`;
  before(() => installDriver(IMAGE, 'token-request'));
  // After the namespace is gone.
  after(async () => {
    await installDriver(IMAGE);
    await kubectl(['delete', 'clusterrole', 'podcert-requester', '--ignore-not-found']);
  });

  it('a pod whose account may not create requests waits, and its events say what is missing', async () => {
    await createPods({ namespace, name: 'web' });
    const missing = `service account "${namespace}/default" must be allowed to create certificaterequests.cert-manager.io`;
    await waitFor('the event', namespace, 150_000, async () => (await eventsOf(namespace, 'web')).find((text) => text.includes(missing)));
    assert.deepEqual(await requestsIn(namespace), []);
  });

  it('it starts once the account may, and the request says that it is the account’s', async () => {
    const who = ['--clusterrole=podcert-requester', `--group=system:serviceaccounts:${namespace}`];
    await kubectl(['create', 'rolebinding', 'podcert-requester', ...who, `--namespace=${namespace}`]);
    await waitUntilReady(namespace, 'web', 150_000);
    assert.deepEqual(await usernames(namespace), [account]);
  });

  it('a renewal goes on after a restart of the driver, with the token that kubelet sends again', async () => {
    await startPod({ namespace, name: 'quick', attributes: { duration: '40s' } });
    await kubectl(['delete', 'pod', '--selector=app.kubernetes.io/name=podcert', `--namespace=${DRIVER_NAMESPACE}`, '--timeout=60s']);
    await waitForDriver();
    const old = await readVolume(namespace, 'quick');
    await waitFor('a renewal', namespace, REPUBLISH_TIMEOUT_MS, async () => {
      return (await readVolume(namespace, 'quick')).leaf.serialNumber === old.leaf.serialNumber ? undefined : true;
    });
    assert.deepEqual(new Set(await usernames(namespace)), new Set([account]));
    const log = await kubectl(['logs', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
    assert.doesNotMatch(log, /"level":"error"/);
    // How every token of Kubernetes begins: {"alg": in base64.
    assert.doesNotMatch(log, /eyJhbGci/);
  });
});

async function usernames(namespace: string): Promise<(string | undefined)[]> {
  return (await requestsIn(namespace)).map(({ spec }) => spec.username);
}
