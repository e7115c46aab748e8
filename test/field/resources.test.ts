import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { LOCAL_CA, openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report, rounds } from '../support/field-report.ts';
import { collectGarbage } from '../support/garbage-collector.ts';
import { Gate } from '../support/gate.ts';
import { startPod } from '../support/kubelet-retries.ts';
import type { Verdict } from '../support/signer.ts';
import { mountsBelow } from '../support/temporary-folder.ts';

const SIGN: Verdict = { kind: 'sign' };
/** How many pods come and go at a time. */
const AT_ONCE = 16;
/** What a process may have more of after any number of pods, for garbage that is not collected yet and connections that are kept open. */
const MOST_HEAP_BYTES = 4 * 1024 * 1024;

/** Lets so many pods come and go, one in fifty by cert-manager. */
async function comeAndGo(field: Field, count: number, prefix: string): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let number = (next += 1); number <= count; number = next += 1) {
      const volume = field.volume(`${prefix}-${number}`, number % 50 === 0 ? {} : LOCAL_CA);
      await startPod(field, volume);
      await field.kubelet.unpublish(volume);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await collectGarbage(field, () => true);
}

async function takeUp(field: Field) {
  // What the bench keeps is not the driver's: forget which operations its disk saw.
  await field.driver.arm();
  // Twice: what the first collection finalises goes with the second.
  await field.driver.measure();
  const { heapBytes, descriptors, sleepers } = await field.driver.measure();
  const mounts = mountsBelow(dirname(field.home.root)).length;
  // An answer of the API server such as there was none before is one more; there are as many as methods and statuses.
  const series = (await field.metrics()).split('\n').filter((line) => line !== '' && !/^(#|rest_client_requests_total)/.test(line)).length;
  return { heapBytes, descriptors, sleepers, mounts, series };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Lets the volume's file work hang. @returns what resolves once it does, with what ends it. */
async function hang(field: Field, volume: InlineVolume, fifo: string): Promise<() => Promise<() => Promise<void>>> {
  assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
  await field.driver.hold({ pathPart: volumeIdOf(volume), fifo });
  return async () => {
    const writer = await open(fifo, 'w');
    return async () => {
      await field.driver.hold();
      await writer.close();
    };
  };
}

describe('resources in the field', { timeout: 3_600_000 }, () => {
  it('are given back by pods that come and go: memory, descriptors, mounts, timers, metric series (invariants 5 and 9)', async (context) => {
    const pods = rounds({ usual: 200, full: 10_000 });
    const field = await openField(context, { issuers: 'both', flags: { 'log-level': '1' } });
    // A driver that is kept this busy falls behind the machine's time, by which calls end.
    field.time.speed = 10;
    await comeAndGo(field, pods / 4, 'warm-up');
    const before = await takeUp(field);
    await comeAndGo(field, pods, 'pod');
    const after = await takeUp(field);
    assert.ok(after.heapBytes - before.heapBytes < MOST_HEAP_BYTES, `the heap grew from ${before.heapBytes} to ${after.heapBytes} bytes`);
    assert.ok(after.descriptors - before.descriptors <= AT_ONCE, `descriptors grew from ${before.descriptors} to ${after.descriptors}`);
    assert.ok(after.sleepers <= before.sleepers + 2, `sleepers grew from ${before.sleepers} to ${after.sleepers}`);
    assert.deepEqual([after.mounts, after.series], [before.mounts, before.series]);
    assert.deepEqual(await field.remains(), []);
    const shown = (key: keyof typeof before) => `${key} ${before[key]} → ${after[key]}`;
    report(context, {
      injected: `pods come and go, ${AT_ONCE} at a time, 1 in 50 by cert-manager; compared with what there was after a quarter as many`,
      rounds: pods,
      observed: `${(['heapBytes', 'descriptors', 'mounts', 'sleepers', 'series'] as const).map(shown).join(', ')} (bounds: heap + 4 MiB, descriptors + ${AT_ONCE}, sleepers + 2, others + 0)`,
    });
  });

  it('leaves no request of a pod that is deleted while its certificate is pending, first or renewed (invariant 5)', async (context) => {
    const gate = new Gate();
    context.after(() => gate.open());
    const field = await openField(context, { decide: () => gate.pass().then(() => SIGN) });
    const times = rounds({ usual: 3, full: 20 });
    // A watch that was silent is opened after a back-off.
    field.time.speed = 20;
    for (let time = 1; time <= times; time += 1) {
      const volume = field.volume(`pod-${time}`);
      let reached = gate.shut();
      const call = field.kubelet.publish(volume).catch((error: unknown) => String(error));
      await reached;
      await field.kubelet.unpublish(volume);
      assert.match(String(await call), /is being unpublished/);
      assert.deepEqual(await field.cluster.requests(), []);
      gate.open();
      await field.kubelet.publish(volume);
      reached = gate.shut();
      await field.time.jump(HOUR_MS);
      await reached;
      await field.kubelet.unpublish(volume);
      const pending = (await field.cluster.requests()).filter(({ status }) => status === undefined);
      assert.deepEqual(pending, [], 'the request of the renewal');
      gate.open();
      assert.equal(await collectGarbage(field, (uid) => uid === volume.pod.uid), 1, 'the finished one goes with its pod');
    }
    assert.deepEqual(await field.remains(), []);
    report(context, {
      injected: 'a pod is deleted while cert-manager has not signed: its first certificate, and a renewal',
      rounds: 2 * times,
      observed: 'no pending request left once unpublish ended; the one that was signed belongs to the pod and goes with it',
    });
  });

  it('leaves no request of a pod that is deleted while the API is down, once it is up (invariant 5)', async (context) => {
    const field = await openField(context, { decide: () => ({ kind: 'ignore' }) });
    const { proxy } = field.cluster;
    const [asked, unasked] = [field.volume('asked'), field.volume('unasked')];
    const calls = [field.kubelet.publish(asked).catch(String)];
    await field.driver.journal.nth('request-created', 1);
    proxy.faultOf = () => ({ kind: 'cut' });
    proxy.cutWatches();
    calls.push(field.kubelet.publish(unasked).catch(String));
    await field.driver.journal.nth('api-unavailable', 1);
    await field.time.at(10, Promise.all([asked, unasked].map((volume) => field.kubelet.unpublish(volume))));
    for (const answer of await Promise.all(calls)) assert.match(String(answer), /is being unpublished/);
    proxy.faultOf = () => undefined;
    const opened = field.driver.journal.all('watch-opened').length;
    await field.time.at(10, field.driver.journal.nth('watch-opened', opened + 1));
    assert.equal(await collectGarbage(field, (uid) => uid === asked.pod.uid), 1);
    assert.deepEqual(await field.remains(), []);
    assert.equal(field.driver.journal.all('request-created').length, 1, 'none was made for a pod that was gone');
    report(context, {
      injected: 'the API is down while two pods are deleted, one with a request and one that could not make one',
      rounds: 2,
      observed: 'unpublish OK; the request is owned by its pod and goes with it; none made later',
    });
  });

  it('removes as many volumes at once as there are without one waiting for another, nor for one that cannot go on (invariant 7)', async (context) => {
    const count = rounds({ usual: 100, full: 200 });
    const gate = new Gate();
    context.after(() => gate.open());
    const field = await openField(context, { issuers: 'both', flags: { 'log-level': '1' }, decide: () => ({ kind: 'ignore' }) });
    const stuck = field.volume('stuck');
    const call = field.kubelet.publish(stuck).catch(String);
    await field.driver.journal.nth('request-created', 1);
    // Its unpublish waits for this answer.
    const reached = gate.shut();
    field.cluster.proxy.faultOf = ({ verb }) => (verb === 'delete' ? { kind: 'slow', until: gate.pass() } : undefined);
    const volumes = field.volumes(count, LOCAL_CA);
    for (const volume of volumes) await field.kubelet.publish(volume);
    const oneByOneMs = await timed(async () => {
      for (const volume of volumes) await field.kubelet.unpublish(volume);
    });
    for (const volume of volumes) await field.kubelet.publish(volume);
    // Its API call is given 10 s.
    field.time.speed = 0;
    let hasLeft = false;
    const leaving = field.kubelet.unpublish(stuck).then(() => (hasLeft = true));
    await reached;
    const atOnceMs = await timed(() => Promise.all(volumes.map((volume) => field.kubelet.unpublish(volume))));
    assert.equal(hasLeft, false, 'the one that cannot go on is still leaving');
    gate.open();
    await leaving;
    await call;
    assert.deepEqual(await field.remains(), []);
    report(context, {
      injected: 'all volumes of a node are unpublished at once, while one more waits for an API call that is not answered',
      rounds: count,
      observed: `${Math.round(atOnceMs)} ms at once, ${Math.round(oneByOneMs)} ms one by one; the one that was stuck ended with its API call, after them`,
    });
  });

  it('does not let slow file work of one volume stop the others, at publish, renewal or unpublish (invariant 7)', async (context) => {
    const field = await openField(context, { issuers: 'local' });
    field.time.speed = 0;
    const [slow, ...others] = field.volumes(11, LOCAL_CA) as [InlineVolume, ...InlineVolume[]];
    const inFolder = (name: string) => join(dirname(field.home.root), name);
    const goOn = async (hung: () => Promise<() => Promise<void>>, work: Promise<unknown>, act: () => Promise<unknown>) => {
      const end = await hung();
      try {
        await act();
        assert.match(await field.metrics(), /podcert_volumes/);
      } finally {
        await end();
      }
      await work;
    };
    const all = (act: (volume: InlineVolume) => Promise<unknown>) => () => Promise.all(others.map(act));

    const atPublish = await hang(field, slow, inFolder('publish'));
    await goOn(
      atPublish,
      field.kubelet.publish(slow),
      all((volume) => field.kubelet.publish(volume)),
    );
    field.read(slow);

    const before = others.map((volume) => field.read(volume).serial);
    const atRenewal = await hang(field, slow, inFolder('renewal'));
    const renewed = [slow, ...others].map((volume) => field.renewed(volume));
    await field.time.advance(2160 * HOUR_MS * (2 / 3));
    await goOn(atRenewal, renewed[0] as Promise<void>, () => Promise.all(renewed.slice(1)));
    others.forEach((volume, index) => assert.notEqual(field.read(volume).serial, before[index]));
    field.read(slow);

    const atUnpublish = await hang(field, slow, inFolder('unpublish'));
    await goOn(
      atUnpublish,
      field.kubelet.unpublish(slow),
      all((volume) => field.kubelet.unpublish(volume)),
    );
    assert.deepEqual(await field.remains(), []);
    report(context, {
      injected: 'one operation on the files of one volume hangs: at its publish, its renewal, its unpublish',
      rounds: 3,
      observed: '10 other volumes were published, renewed and removed meanwhile; then that one was too',
    });
  });
});
