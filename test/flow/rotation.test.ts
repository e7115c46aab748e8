import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import { failingWhile } from '../support/failing-issuer.ts';
import type { Fault } from '../support/fault-proxy.ts';
import { passTime } from '../support/pass-time.ts';
import { readPodFolder, shakeHands } from '../support/pod-folder.ts';
import type { Verdict } from '../support/signer.ts';

/** Moves the clock to an instant, stopping wherever somebody sleeps on the way. */
async function advanceTo(bench: DriverBench, at: Date): Promise<void> {
  await bench.clock.advance(at.getTime() - bench.clock.now().getTime());
}

describe('a renewal', () => {
  it('comes at its instant and not before, and both sides of a TLS handshake take the files before and after', async (context) => {
    // In the past, so that the machine's own clock, by which TLS judges, is within the lifetimes of both certificates.
    const bench = await openDriverBench(context, { startAt: new Date(Date.now() - 2 * HOUR_MS) });
    const [web, client] = [bench.volume('web', { duration: '3h' }), bench.volume('client', { duration: '30h' })];
    for (const volume of [web, client]) await bench.kubelet.publish(volume);
    const [before, peer] = await Promise.all([web, client].map((volume) => readPodFolder(bench.kubelet.targetPath(volume))));
    assert.ok(before && peer);
    const first = await shakeHands(before, peer, 'web.example');
    assert.deepEqual(first, { clientSaw: before.leaf.serialNumber, serverSaw: peer.leaf.serialNumber });

    const { renewAt } = await bench.journal.nth('published', 1);
    const elapsedMs = renewAt.getTime() - bench.clock.now().getTime();
    assert.ok(elapsedMs >= HOUR_MS && elapsedMs <= 2 * HOUR_MS, `after ${elapsedMs} ms`);
    await advanceTo(bench, new Date(renewAt.getTime() - 1));
    assert.deepEqual(bench.journal.all('renewed'), []);
    await advanceTo(bench, renewAt);
    const renewed = await bench.journal.nth('renewed', 1);
    const after = await readPodFolder(bench.kubelet.targetPath(web));
    assert.equal(after.leaf.serialNumber, renewed.serial);
    assert.notEqual(after.keyPem, before.keyPem);
    const second = await shakeHands(after, peer, 'web.example');
    assert.deepEqual(second, { clientSaw: after.leaf.serialNumber, serverSaw: peer.leaf.serialNumber });
  });

  for (const { value, isKept } of [
    { value: 'true', isKept: true },
    { value: 'false', isKept: false },
  ]) {
    it(`${isKept ? 'keeps the key' : 'makes a new key'} with reuse-private-key "${value}"`, async (context) => {
      const bench = await openDriverBench(context);
      const web = bench.volume('web', { duration: '1h', 'reuse-private-key': value });
      await bench.kubelet.publish(web);
      const before = await readPodFolder(bench.kubelet.targetPath(web));
      await advanceTo(bench, (await bench.journal.nth('published', 1)).renewAt);
      await bench.journal.nth('renewed', 1);
      const after = await readPodFolder(bench.kubelet.targetPath(web));
      assert.equal(after.keyPem === before.keyPem, isKept);
      assert.notEqual(after.leaf.serialNumber, before.leaf.serialNumber);
      assert.equal(after.isPair, true);
    });
  }

  it('that fails leaves the files, is tried again after longer and longer, and recovers (invariant 4)', async (context) => {
    let isDown = false;
    const bench = await openDriverBench(context, { localCa: failingWhile(() => isDown) });
    const web = bench.volume('web', { duration: '6h' });
    await bench.kubelet.publish(web);
    const before = await readPodFolder(bench.kubelet.targetPath(web));
    isDown = true;
    const delays: number[] = [];
    let at = (await bench.journal.nth('published', 1)).renewAt;
    for (let failures = 1; failures <= 6; failures += 1) {
      await advanceTo(bench, at);
      const { retryAt } = await bench.journal.nth('renewal-failed', failures);
      delays.push((retryAt.getTime() - at.getTime()) / 1_000);
      at = retryAt;
      await bench.kubelet.publish(web);
      assert.deepEqual(await readPodFolder(bench.kubelet.targetPath(web)), before);
    }
    // The jitter of the bench is in the middle of its range.
    assert.deepEqual(delays, [30, 60, 120, 240, 300, 300]);
    isDown = false;
    await advanceTo(bench, at);
    await bench.journal.nth('renewed', 1);
    assert.notEqual((await readPodFolder(bench.kubelet.targetPath(web))).leaf.serialNumber, before.leaf.serialNumber);
    assert.equal(bench.agenda.size, 2, 'the renewal, and the look at all volumes');
  });

  it('comes once when the clock jumps a month, with an expired certificate and no other timer (invariant 9)', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web', { duration: '24h' });
    await bench.kubelet.publish(web);
    await bench.clock.jump(30 * 24 * HOUR_MS);
    const { notAfterAt } = await bench.journal.nth('renewed', 1);
    assert.equal(notAfterAt.getTime(), Math.floor((bench.clock.now().getTime() + 24 * HOUR_MS) / 1_000) * 1_000);
    assert.equal(bench.journal.all('renewed').length, 1);
    assert.equal(bench.agenda.size, 2, 'the renewal, and the look at all volumes');
  });

  it('makes one create and one delete of the request before, and no other call but the watch (invariant 9)', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const web = bench.volume('web', { duration: '1h' });
    await bench.kubelet.publish(web);
    const { proxy } = bench.cluster;
    for (let renewals = 1; renewals <= 3; renewals += 1) {
      const { renewAt } = [...bench.journal.all('published'), ...bench.journal.all('renewed')].at(-1) ?? assert.fail();
      await bench.clock.jump(renewAt.getTime() - bench.clock.now().getTime());
      await passTime(bench.clock, bench.journal.nth('renewed', renewals));
      await passTime(bench.clock, bench.journal.nth('request-deleted', renewals));
      assert.deepEqual(
        [proxy.count('create'), proxy.count('delete'), proxy.count('get'), proxy.count('update')],
        [1 + renewals, renewals, 0, 0],
      );
      assert.equal((await bench.cluster.requests()).length, 1);
    }
  });

  const expired = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'Expired',
    message: 'too old resource version',
    code: 410,
  };
  const WATCH_FAULTS: readonly { readonly name: string; readonly fault?: Fault; readonly silentMs?: number }[] = [
    { name: 'is cut' },
    { name: 'is cut and its version has expired (410)', fault: { kind: 'answer', status: 410, body: expired } },
    { name: 'is cut and then silent', fault: { kind: 'silent' }, silentMs: 90_000 },
  ];
  for (const { name, fault, silentMs = 0 } of WATCH_FAULTS) {
    it(`and a first certificate come all the same when the watch ${name} while they wait`, async (context) => {
      const verdicts = { first: Promise.withResolvers<Verdict>(), second: Promise.withResolvers<Verdict>() };
      let asked = 0;
      const decide = () => ((asked += 1) <= 1 ? verdicts.first.promise : verdicts.second.promise);
      const bench = await openDriverBench(context, { cluster: { decide } });
      const { proxy } = bench.cluster;
      const web = bench.volume('web', { duration: '1h' });
      let faults = 0;
      const breakTheWatch = () => {
        faults = 1;
        proxy.cutWatches();
      };
      proxy.faultOf = ({ verb }) => (verb === 'watch' && (faults -= 1) >= 0 ? fault : undefined);

      const published = bench.kubelet.publish(web);
      await bench.journal.nth('request-created', 1);
      breakTheWatch();
      await bench.journal.nth('watch-lost', 1);
      verdicts.first.resolve({ kind: 'sign' });
      await bench.clock.advance(silentMs);
      await passTime(bench.clock, published);

      const { renewAt } = await bench.journal.nth('published', 1);
      await bench.clock.jump(renewAt.getTime() - bench.clock.now().getTime());
      await bench.journal.nth('request-created', 2);
      breakTheWatch();
      verdicts.second.resolve({ kind: 'sign' });
      await bench.clock.advance(silentMs);
      await passTime(bench.clock, bench.journal.nth('renewed', 1));
      assert.equal((await readPodFolder(bench.kubelet.targetPath(web))).isPair, true);
      assert.equal(proxy.count('create'), 2);
    });
  }
});
