import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import type { StoredObject } from '../support/api-store.ts';
import { openDriverBench, type DriverBench } from '../support/driver-bench.ts';
import { passTime } from '../support/pass-time.ts';
import { readPodFolder } from '../support/pod-folder.ts';
import { condition, type Verdict } from '../support/signer.ts';

/** What cert-manager says of a request whose issuer is not there. */
const NO_ISSUER: Verdict = {
  kind: 'status',
  status: {
    conditions: [
      condition('Approved', 'True', 'cert-manager.io', 'approved by the test'),
      condition('Ready', 'False', 'Pending', 'Referenced "Issuer" not found: issuer.cert-manager.io "ca" not found'),
    ],
  },
};

/** Lets time pass until a pod has an event of this reason, and at least this count. */
async function eventOf(bench: DriverBench, pod: string, reason: string, atLeast = 1): Promise<StoredObject> {
  const found: StoredObject[] = [];
  const look = async () => {
    while (found.length === 0) {
      const events = await bench.cluster.eventsOn(pod);
      found.push(...events.filter((event) => event['reason'] === reason && countOf(event) >= atLeast));
    }
  };
  await passTime(bench.clock, look());
  return found[0] ?? assert.fail();
}

function countOf({ series }: StoredObject): number {
  return (series as { readonly count: number } | undefined)?.count ?? 1;
}

describe('a pod', () => {
  it('has no event when all goes well, and no call is made for one (invariant 9)', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    await bench.kubelet.unpublish(web);
    // The local CA answers whatever a clock that is moved makes of the watch.
    const local = bench.volume('local', { 'issuer-group': 'podcert.io', 'issuer-kind': 'LocalCA', duration: '1h' });
    await bench.kubelet.publish(local);
    const { renewAt } = await bench.journal.nth('published', 2);
    await bench.clock.advance(renewAt.getTime() - bench.clock.now().getTime());
    await bench.journal.nth('renewed', 1);
    await bench.clock.advance(MINUTE_MS);
    assert.equal(bench.cluster.proxy.count('patch'), 0);
  });

  it('is told which request waits for which issuer, and its volume leaves nothing (invariant 5)', async (context) => {
    const bench = await openDriverBench(context, { cluster: { decide: () => NO_ISSUER } });
    const web = bench.volume('web');
    const published = assert.rejects(bench.kubelet.publish(web), { code: status.ABORTED });
    const { requestName } = await bench.journal.nth('request-created', 1);
    const event = await eventOf(bench, 'web', 'CertificateWaiting');
    assert.match(String(event['note']), new RegExp(`${requestName}.*issuer.cert-manager.io "ca" not found`));
    assert.equal((event['related'] as { readonly name: string }).name, requestName);
    await bench.kubelet.unpublish(web);
    await published;
    assert.deepEqual(await bench.remains(), []);
  });

  it('is told of a denial, of a renewal that fails, and of its end', async (context) => {
    const deny: Verdict = { kind: 'deny', message: 'not on Sundays' };
    const verdicts: Verdict[] = [{ kind: 'sign' }, deny, deny];
    const bench = await openDriverBench(context, { cluster: { decide: () => verdicts.shift() ?? { kind: 'sign' } } });
    await bench.kubelet.publish(bench.volume('web'));
    const before = await readPodFolder(bench.kubelet.targetPath(bench.volume('web')));
    const { renewAt } = await bench.journal.nth('published', 1);
    await bench.clock.jump(renewAt.getTime() - bench.clock.now().getTime());
    const failed = await eventOf(bench, 'web', 'RenewalFailed', 2);
    assert.match(String(failed['note']), /not on Sundays/);
    assert.equal((failed['related'] as { readonly name: string }).name, (await bench.journal.nth('renewal-failed', 1)).requestName);
    const recovered = await eventOf(bench, 'web', 'RenewalRecovered');
    assert.equal(recovered['type'], 'Normal');
    const after = await readPodFolder(bench.kubelet.targetPath(bench.volume('web')));
    assert.notEqual(after.leaf.serialNumber, before.leaf.serialNumber);
  });

  it('gets its certificate all the same where events are forbidden, and while a call for one hangs', async (context) => {
    const verdict = Promise.withResolvers<Verdict>();
    const bench = await openDriverBench(context, { cluster: { decide: () => verdict.promise } });
    const hanging = Promise.withResolvers<void>();
    let isHanging = false;
    const forbidden = { kind: 'Status', reason: 'Forbidden', message: 'events.events.k8s.io is forbidden' };
    bench.cluster.proxy.faultOf = ({ verb }) => {
      if (verb !== 'patch') return undefined;
      return isHanging ? { kind: 'slow', until: hanging.promise } : { kind: 'answer', status: 403, body: forbidden };
    };
    const published = Promise.all(['one', 'two', 'three'].map((name) => bench.kubelet.publish(bench.volume(name))));
    await passTime(bench.clock, bench.log.untilLogged(/An event of a pod could not be written.*events.events.k8s.io is forbidden/));
    isHanging = true;
    const before = bench.cluster.proxy.count('patch');
    const isCalled = async () => {
      while (bench.cluster.proxy.count('patch') === before) await bench.cluster.requests();
    };
    await passTime(bench.clock, isCalled());
    verdict.resolve({ kind: 'sign' });
    await published;
    assert.equal(bench.log.all.filter((line) => line.includes('An event of a pod')).length, 1);
    hanging.resolve();
  });
});
