import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { requestsIn } from './certificate-requests.ts';
import { apply, getJson, kubectl } from './cluster-access.ts';
import { driverEventsOf, waitForDriverEvent } from './driver-events.ts';
import { sumOfMetric } from './driver-pods.ts';
import { DRIVER_NAMESPACE, waitForDriver } from './install.ts';
import { caIssuer } from './issuers.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, startPod, waitUntilReady, type Pod } from './pods.ts';
import { giveRightsBack, takeRightAway } from './rights.ts';
import { waitFor } from './wait.ts';

/** An issuer that declares our requests failed: it signs with the requester's own key alone, which it does not get. */
function failingIssuer(metadata: object): object {
  return { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata, spec: { selfSigned: {}, ca: null } };
}

describe('a pod whose issuer is not there', () => {
  const namespace = ownNamespace('events');
  const pod = 'web';
  const later = { name: 'later', namespace };

  it('is told which request waits for it, where kubectl describe shows it', async () => {
    await createPods({ namespace, name: pod, attributes: { 'issuer-name': 'later', duration: '20s' } });
    const event = await waitForDriverEvent({ namespace, pod, reason: 'CertificateWaiting' });
    const [request] = await requestsIn(namespace);
    assert.equal(event.type, 'Warning');
    assert.deepEqual([event.related?.kind, event.related?.name], ['CertificateRequest', request?.metadata.name]);
    assert.match(event.message, new RegExp(`${request?.metadata.name}.*issuers?.cert-manager.io "later" not found`));
    const { metadata } = await getJson<Pod>(['pod', pod, `--namespace=${namespace}`]);
    assert.equal(event.involvedObject.uid, metadata.uid);
    const described = await kubectl(['describe', `pod/${pod}`, `--namespace=${namespace}`]);
    assert.match(described, /Warning +CertificateWaiting +\S+ +podcert\.io\/driver +Waiting for a certificate: /);
  });

  it('starts once it is, and is told no more', async () => {
    await apply(caIssuer('Issuer', later, 'ca'));
    await waitUntilReady(namespace, pod);
    const events = (await driverEventsOf(namespace, pod)).map(({ reason, series }) => [reason, series?.count]);
    assert.deepEqual(events, [['CertificateWaiting', undefined]]);
  });

  it('is told of renewals that fail by one event with a count, and of the end of that', async () => {
    await apply(failingIssuer(later));
    const failed = await waitForDriverEvent({ namespace, pod, reason: 'RenewalFailed', atLeast: 2 }, 180_000);
    assert.match(
      failed.message,
      /^The certificate was not replaced by a new one \(the old one ends at .*\): CertificateRequest .* failed: /,
    );
    assert.equal((await driverEventsOf(namespace, pod)).filter(({ reason }) => reason === 'RenewalFailed').length, 1);
    await kubectl(['delete', 'issuer/later', `--namespace=${namespace}`]);
    await apply(caIssuer('Issuer', later, 'ca'));
    const recovered = await waitForDriverEvent({ namespace, pod, reason: 'RenewalRecovered' }, 120_000);
    assert.equal(recovered.type, 'Normal');
  });
});

describe('a driver that may write no events', () => {
  const namespace = ownNamespace('no-events');
  before(async () => {
    await takeRightAway('patch', 'events.k8s.io', 'events');
    // A log of its own.
    await kubectl(['rollout', 'restart', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
    await waitForDriver();
  });
  after(giveRightsBack);

  it('issues certificates all the same, and says so in one line', async () => {
    await createPods(...['one', 'two'].map((name) => ({ namespace, name, attributes: { 'issuer-name': 'none' } })));
    await waitFor('two refusals', namespace, 60_000, async () =>
      (await sumOfMetric(/^podcert_pod_events_total\{outcome="failed"\}/)) >= 2 ? true : undefined,
    );
    await startPod({ namespace, name: 'three' });
    const log = await kubectl(['logs', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
    const lines = log.split('\n').filter((line) => line.includes('An event of a pod could not be written'));
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /"level":"info".*403 Forbidden/);
  });
});
