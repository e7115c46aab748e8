import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report } from '../support/field-report.ts';
import type { Verdict } from '../support/signer.ts';

const never = new AbortController().signal;

describe('a pod that is deleted by force in the field', { timeout: 120_000 }, () => {
  it('while the driver is down gets no further request once that is known, and keeps its mount until unpublish (invariants 4, 5 and 9)', async (context) => {
    let isGone = false;
    const collected = Promise.withResolvers<void>();
    const decide = async ({ metadata }: { readonly metadata: { readonly name: string } }): Promise<Verdict> => {
      if (!isGone) return { kind: 'sign' };
      // The garbage collector deletes what an owner is named of that does not exist.
      await collect(field, metadata.name);
      collected.resolve();
      return { kind: 'ignore' };
    };
    const field: Field = await openField(context, { decide, durationMs: 100_000 });
    const before = await field.remains();
    // As the driver's own, which is always there.
    await field.cluster.nodePods.create('driver');
    const volume = field.volume(await field.cluster.nodePods.create('web'));
    await field.kubelet.publish(volume);
    const kept = field.read(volume);
    await field.stop();
    await field.cluster.nodePods.remove('web');
    for (const { metadata } of await field.cluster.requests()) await collect(field, metadata.name);
    isGone = true;
    const creates = field.cluster.proxy.count('create');
    await field.start();
    await field.time.at(60, collected.promise);
    await field.time.at(60, field.driver.log.untilLogged(/Waiting for a certificate.*is gone from the API/));
    await field.time.at(300, field.time.sleep(HOUR_MS / 2, never));
    const after = field.cluster.proxy.calls.filter(({ verb, path }) => verb === 'create' && path.includes('certificaterequests')).length;
    assert.ok(after - creates <= 1, `${after - creates} requests were made`);
    assert.deepEqual(field.read(volume), kept);
    await field.kubelet.unpublish(volume);
    assert.deepEqual((await field.remains()).toSorted(), before.toSorted());
    report(context, {
      injected: 'a pod and its requests deleted from the API while the driver is down; then half an hour past its renewal',
      rounds: 1,
      observed: `${after - creates} request, which the garbage collector took, and no other; the same mount all the time; nothing left after unpublish`,
    });
  });
});

async function collect({ cluster }: Field, name: string): Promise<void> {
  await cluster.client.call('DELETE', `/apis/cert-manager.io/v1/namespaces/default/certificaterequests/${name}`);
}
