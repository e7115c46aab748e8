import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import type { StoredObject } from '../support/api-store.ts';
import { NAMESPACE } from '../support/cluster-world.ts';
import type { Field } from '../support/field-bench.ts';
import { metric, untilTold } from '../support/field-facts.ts';
import { report, rounds } from '../support/field-report.ts';
import { openOddField, openRequest, signOddly, signOpenRequest } from '../support/odd-issuer.ts';
import type { Treatment } from '../support/odd-issuer.ts';
import { passFor, passRenewals, sleepUntilDue } from '../support/pass-field-time.ts';
import { condition } from '../support/signer.ts';

const NOT_FOUND = 'Referenced "Issuer" not found: issuer.cert-manager.io "ca" not found';

const deny: Treatment = () => ({ kind: 'deny', message: 'not for you' });
const leavePending: Treatment = () => ({
  kind: 'status',
  status: { conditions: [condition('Ready', 'False', 'Pending', NOT_FOUND)] },
});

/** Gone with the next request of the pod, as after `kubectl delete`. */
async function deleteRequest(field: Field, { metadata }: StoredObject): Promise<void> {
  await field.cluster.client.call('DELETE', `/apis/cert-manager.io/v1/namespaces/${NAMESPACE}/certificaterequests/${metadata.name}`);
}

/** When the certificates of a volume were signed, to the second. */
function signedAt(field: Field, { pod }: InlineVolume, durationMs: number): readonly number[] {
  const { events } = field.driver.journal;
  return events.flatMap((event) => {
    const isMeant = (event.kind === 'published' || event.kind === 'renewed') && event.pod.name === pod.name;
    return isMeant ? [event.notAfterAt.getTime() - durationMs] : [];
  });
}

describe('renewal in the field', { timeout: rounds({ usual: 240_000, full: 3_600_000 }) }, () => {
  it('waits for an issuer that is not there with one request and the old files, says so, and ends when it is back (invariant 4)', async (context) => {
    const hours = rounds({ usual: 4, full: 48 });
    const { field, issuer } = await openOddField(context, { durationMs: 3 * HOUR_MS });
    const volume = field.volume('web', { duration: '3h' });
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    issuer.treat('web', leavePending);
    await sleepUntilDue(field);
    await passFor(field, 5_000, 500);
    for (let hour = 1; hour <= hours; hour += 1) {
      await passFor(field, HOUR_MS);
      assert.deepEqual(field.read(volume), before);
      await openRequest(field);
      assert.equal(issuer.asked.length, 2);
      if (hour === 1) assert.equal(await metric(field, 'podcert_abnormal_volumes{reason="RenewalPending"}'), 1);
    }
    assert.equal(await metric(field, 'podcert_abnormal_volumes{reason="CertificateExpired"}'), 1);
    const renewed = field.renewed(volume);
    await signOpenRequest(field, 3 * HOUR_MS);
    await renewed;
    const after = field.read(volume);
    assert.ok(after.mountId === before.mountId && after.serial !== before.serial);
    assert.deepEqual(await untilTold(field, 'web', 'RenewalRecovered'), ['CertificateWaiting', 'RenewalRecovered']);
    report(context, {
      injected: `the request of a renewal stays Pending for ${hours} h, past the end of the certificate`,
      rounds: 1,
      observed: '1 request; the old files all the time; 1 event with a count; health RenewalPending, then CertificateExpired',
    });
  });

  it('is tried again after a back-off that is told, with one request at a time, where the one that is stuck is deleted', async (context) => {
    const times = rounds({ usual: 4, full: 50 });
    const { field, issuer } = await openOddField(context, { durationMs: 30 * DAY_MS });
    const volume = field.volume(await field.cluster.nodePods.create('web'), { duration: '720h' });
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    issuer.treat('web', leavePending);
    await sleepUntilDue(field);
    await passFor(field, 5_000, 500);
    let shortest = Infinity;
    for (let failures = 1; failures <= times; failures += 1) {
      await passFor(field, MINUTE_MS);
      await deleteRequest(field, await openRequest(field));
      const failed = await field.driver.journal.nth('renewal-failed', failures);
      const delayMs = failed.retryAt.getTime() - field.time.now().getTime();
      const nominalMs = 30_000 * 2 ** (failures - 1);
      assert.ok(
        delayMs > Math.min(nominalMs / 2, 5 * MINUTE_MS) - 1_000 && delayMs <= Math.min(nominalMs * 1.5, 5 * MINUTE_MS),
        `${delayMs} ms`,
      );
      shortest = Math.min(shortest, delayMs);
      assert.equal(failed.failures, failures);
      assert.deepEqual(field.read(volume), before);
      await passFor(field, delayMs - 1_000);
      assert.equal(issuer.asked.length, 1 + failures, 'not sooner');
      await field.time.at(4, issuer.nth(2 + failures));
    }
    assert.equal(await metric(field, 'podcert_failures_total{event="renewal-failed",code="request-deleted"}'), times);
    const renewed = field.renewed(volume);
    await signOpenRequest(field, 30 * DAY_MS);
    await renewed;
    assert.notEqual(field.read(volume).serial, before.serial);
    await untilTold(field, 'web', 'RenewalFailed');
    report(context, {
      injected: 'the request of a renewal stays Pending, and somebody deletes it',
      rounds: times,
      observed: `1 request at a time; the next after ${Math.round(shortest / 1_000)} s to 5 min, doubled each time; the old files until the issuer signed`,
    });
  });

  for (const { name, renewBefore } of [
    { name: 'as long as the lifetime', renewBefore: '1h' },
    { name: 'all but half a minute of what is left', renewBefore: '59m' },
  ]) {
    it(`comes once in a third of the lifetime at most where renew-before is ${name} and the CA backdates`, async (context) => {
      const lifetimes = rounds({ usual: 4, full: 60 });
      const { field, issuer } = await openOddField(context, {});
      const backdated = () => {
        const nowMs = field.time.now().getTime();
        return { notBeforeAt: new Date(nowMs - 30_000), notAfterAt: new Date(nowMs - 30_000 + HOUR_MS) };
      };
      issuer.treat('web', signOddly(field, backdated));
      const volume = field.volume('web', { duration: '1h', 'renew-before': renewBefore });
      await field.kubelet.publish(volume);
      await passRenewals(field, lifetimes * HOUR_MS);
      const leftMs = HOUR_MS - 30_000;
      const gaps = gapsOf(signedAt(field, volume, leftMs));
      const least = Math.min(...gaps);
      assert.ok(least >= leftMs / 3 - 1_000, `${least} ms`);
      assert.ok(gaps.length >= lifetimes && gaps.length <= (lifetimes * HOUR_MS * 3) / leftMs);
      assert.equal(issuer.asked.length, 1 + gaps.length);
      field.read(volume);
      await untilTold(field, 'web', 'RenewBeforeIgnored');
      report(context, {
        injected: `duration 1h, renew-before ${renewBefore}, and a CA that counts the hour from 30 s ago`,
        rounds: lifetimes,
        observed: `${gaps.length} renewals in ${lifetimes} h, ${Math.round(least / 1_000)} s apart at least; event RenewBeforeIgnored`,
      });
    });
  }

  it('of a minute comes before the old certificate ends though the first request is denied, fails, is deleted or badly answered', async (context) => {
    const minutes = rounds({ usual: 4, full: 60 });
    const { field, issuer } = await openOddField(context, { durationMs: MINUTE_MS });
    const mishaps: Readonly<Record<string, Treatment>> = {
      denied: () => ({ kind: 'deny', message: 'not for you' }),
      failed: () => ({ kind: 'fail', message: 'no luck' }),
      deleted: async (request) => (await deleteRequest(field, request), { kind: 'ignore' }),
      'badly-answered': signOddly(field, { names: [], durationMs: MINUTE_MS }),
    };
    const volumes: InlineVolume[] = [];
    for (const name of Object.keys(mishaps)) volumes.push(field.volume(await field.cluster.nodePods.create(name), { duration: '1m' }));
    for (const volume of volumes) await field.kubelet.publish(volume);
    for (const [name, mishap] of Object.entries(mishaps)) issuer.treat(name, everyOther(mishap));
    await passRenewals(field, minutes * MINUTE_MS);
    const shares = volumes.map((volume) => {
      const signed = signedAt(field, volume, MINUTE_MS);
      const gaps = gapsOf(signed);
      assert.ok(Math.max(...gaps) < MINUTE_MS, `${volume.pod.name}: ${gaps.join(', ')}`);
      assert.ok(gaps.length >= minutes);
      field.read(volume);
      return { latest: Math.max(...gaps), requests: issuer.askedBy(volume.pod.name).length / gaps.length };
    });
    const latest = Math.max(...shares.map((share) => share.latest));
    // Two where nothing else goes wrong: one that comes to nothing, one that is signed.
    assert.ok(shares.every(({ requests }) => requests < 2.5));
    report(context, {
      injected: `with a lifetime of 60 s, the first request of each renewal is ${Object.keys(mishaps).join(', ').replace('-', ' ')}`,
      rounds: volumes.length * minutes,
      observed: `all renewed before the end, ${latest / 1_000} s after the last one at the latest, with two requests each`,
    });
  });

  it('of a shorter life than was asked for comes once in a third of that life at most', async (context) => {
    const minutes = rounds({ usual: 30, full: 24 * 60 });
    const { field, issuer } = await openOddField(context, { durationMs: 5 * MINUTE_MS });
    const volume = field.volume('web', { duration: '24h' });
    await field.kubelet.publish(volume);
    await passRenewals(field, minutes * MINUTE_MS);
    const gaps = gapsOf(signedAt(field, volume, 5 * MINUTE_MS));
    assert.ok(Math.min(...gaps) >= 99_000 && Math.max(...gaps) <= 215_000, gaps.join(', '));
    assert.equal(issuer.asked.length, 1 + gaps.length);
    await untilTold(field, 'web', 'CertificateDiffers');
    assert.equal(await metric(field, 'podcert_certificate_differences_total{difference="lifetime"}'), issuer.asked.length);
    report(context, {
      injected: 'certificates of 5 minutes where 24 h were asked for',
      rounds: gaps.length,
      observed: `${Math.min(...gaps) / 1_000} to ${Math.max(...gaps) / 1_000} s between two requests; event CertificateDiffers, metric`,
    });
  });

  it('that is denied for days makes no more than 300 requests a day, and the next one after the approval gets it', async (context) => {
    const hours = rounds({ usual: 3, full: 2 * 24 });
    const { field, issuer } = await openOddField(context, { durationMs: 30 * DAY_MS });
    const volume = field.volume('web', { duration: '720h' });
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    issuer.treat('web', deny);
    await sleepUntilDue(field);
    await field.driver.journal.nth('renewal-failed', 1);
    await passRenewals(field, hours * HOUR_MS);
    assert.deepEqual(field.read(volume), before);
    assert.equal(await metric(field, 'podcert_abnormal_volumes{reason="RequestDenied"}'), 1);
    const asked = issuer.asked.length - 1;
    assert.ok(asked <= (hours * 300) / 24 + 6, `${asked} requests in ${hours} h`);
    assert.ok((await field.cluster.requests()).length <= 2);
    issuer.treat('web');
    await passRenewals(field, 5 * MINUTE_MS + 1_000);
    assert.notEqual(field.read(volume).serial, before.serial);
    assert.equal(issuer.asked.length - 1, asked + 1);
    const reasons = await untilTold(field, 'web', 'RenewalRecovered');
    assert.equal(reasons.filter((reason) => reason === 'RenewalFailed').length, 1);
    report(context, {
      injected: `an approver denies every request of a renewal for ${hours} h`,
      rounds: asked,
      observed: `${Math.round((asked * 24) / hours)} requests a day; health RequestDenied, 1 event; renewed by the next request once it was approved`,
    });
  });

  it('waits 30 s between the requests of a pod that is denied, however often kubelet asks', async (context) => {
    const minutes = rounds({ usual: 2, full: 30 });
    const { field, issuer } = await openOddField(context, { durationMs: DAY_MS });
    issuer.treat('web', deny);
    const volume = field.volume('web', { duration: '24h' });
    const beganMs = field.time.now().getTime();
    const passedMs = () => field.time.now().getTime() - beganMs;
    let calls = 0;
    for (; passedMs() < minutes * MINUTE_MS; calls += 1) {
      await field.time.at(20, assert.rejects(field.kubelet.publish(volume), /not for you/));
    }
    const [requests, seconds] = [issuer.asked.length, passedMs() / 1_000];
    assert.ok(requests <= 1 + seconds / 30, `${requests} in ${seconds} s`);
    issuer.treat('web');
    await field.time.at(20, field.kubelet.publish(volume));
    field.read(volume);
    report(context, {
      injected: `a pod's request is denied for ${minutes} min, and kubelet calls again at once`,
      rounds: calls,
      observed: `${requests} requests in ${seconds.toFixed(0)} s; OK with the first one that was approved`,
    });
  });
});

function gapsOf(instants: readonly number[]): readonly number[] {
  return instants.slice(1).map((instant, index) => instant - (instants[index] ?? 0));
}

/** Goes wrong at first and every second time, and signs otherwise. */
function everyOther(mishap: Treatment): Treatment {
  let times = 0;
  return (request) => ((times += 1) % 2 === 1 ? mishap(request) : { kind: 'sign' });
}
