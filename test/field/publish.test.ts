import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { volumeIdOf } from '../../demo/kubelet.ts';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { fill } from '../support/fill.ts';
import { openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report } from '../support/field-report.ts';
import { Gate } from '../support/gate.ts';
import type { StoredObject } from '../support/api-store.ts';
import type { Verdict } from '../support/signer.ts';

const SIGN: Verdict = { kind: 'sign' };
const never = new AbortController().signal;

/** Everything the cluster could answer fails, as if nothing were there. */
function takeClusterAway(field: Field): void {
  field.cluster.proxy.faultOf = () => ({ kind: 'cut' });
  field.cluster.proxy.cutWatches();
}

/** Fails with UNAVAILABLE, as a call does that runs out of time. */
function runsOutOfTime(call: Promise<void>): Promise<void> {
  return call.then(
    () => assert.fail('there is no certificate to answer OK for'),
    (error: { code: unknown }) => assert.equal(error.code, status.UNAVAILABLE),
  );
}

describe('publish in the field', { timeout: 120_000 }, () => {
  it('answers OK for no empty volume where two calls overlap and the first runs out of time (invariants 1 and 3)', async (context) => {
    const gate = new Gate();
    context.after(() => gate.open());
    const reached = gate.shut();
    const field = await openField(context, { decide: () => gate.pass().then(() => SIGN) });
    const volume = field.volume('web');
    const first = runsOutOfTime(field.kubelet.publish(volume));
    const second = field.time.sleep(MINUTE_MS, never).then(() => field.kubelet.publish(volume));
    await reached;
    await field.time.at(300, first);
    assert.equal(field.look(volume), undefined, 'nothing is mounted yet');
    gate.open();
    await second;
    field.read(volume);
    assert.equal((await field.cluster.requests()).length, 1);
    report(context, {
      injected: 'two calls overlap, and the first runs into its deadline while cert-manager is silent',
      rounds: 1,
      observed: 'first call UNAVAILABLE and nothing mounted; second OK with a whole set; 1 request',
    });
  });

  it('resumes the same request at each retry, however many calls run out of time (invariant 3)', async (context) => {
    const gate = new Gate();
    context.after(() => gate.open());
    const reached = gate.shut();
    const field = await openField(context, { decide: () => gate.pass().then(() => SIGN) });
    const volume = field.volume('web');
    for (let call = 1; call <= 3; call += 1) {
      const pending = runsOutOfTime(field.kubelet.publish(volume));
      await reached;
      await field.time.at(300, pending);
    }
    const last = field.kubelet.publish(volume);
    gate.open();
    await last;
    field.read(volume);
    assert.equal(field.cluster.proxy.count('create'), 1);
    assert.equal((await field.cluster.requests()).length, 1);
    report(context, {
      injected: 'a call of kubelet runs into its deadline',
      rounds: 3,
      observed: '1 create, 1 request, and the 4th call OK',
    });
  });

  it('of a mounted volume answers OK and changes nothing, without API or issuer, with an expired token, on a full tmpfs', async (context) => {
    const field = await openField(context);
    const volume = field.volume('web');
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    takeClusterAway(field);
    fill(join(field.home.volumes, volumeIdOf(volume)));
    fill(field.home.state);
    const expired = JSON.stringify({ '': { token: 'gone', expirationTimestamp: '2020-01-01T00:00:00Z' } });
    const attributes = { ...volume.attributes, 'csi.storage.k8s.io/serviceAccount.tokens': expired };
    for (let call = 1; call <= 3; call += 1) await field.kubelet.publish({ ...volume, attributes });
    assert.deepEqual(field.read(volume), before);
    assert.ok(!field.logged.some((line) => line.includes('gone')), 'the token is in no log');
    report(context, {
      injected: 'all connections to the API are cut, the pod token expired, both tmpfs full; then republished',
      rounds: 3,
      observed: 'OK each time; the same mount, inode, set and certificate',
    });
  });

  it('leaves nothing behind where it fails for good, since no unpublish may follow (invariant 5)', async (context) => {
    const requests: string[] = [];
    const deny = ({ metadata }: StoredObject): Verdict => (requests.push(metadata.name), { kind: 'deny', message: 'not for you' });
    const field = await openField(context, { decide: deny });
    const before = await field.remains();
    await assert.rejects(field.kubelet.publish(field.volume('denied')), /not for you/);
    await assert.rejects(field.kubelet.publish(field.volume('wrong', { 'key-usages': 'everything' })), /key-usages/);
    assert.equal(requests.length, 1);
    assert.deepEqual(await field.remains(), before);
    report(context, {
      injected: 'a request is denied; an attribute is wrong',
      rounds: 2,
      observed: 'an error that says why; no mount, file, directory, series or open request more than before',
    });
  });
});
