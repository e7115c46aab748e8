import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report, rounds } from '../support/field-report.ts';
import { openOddField } from '../support/odd-issuer.ts';
import { passFor, passRenewals } from '../support/pass-field-time.ts';

const LOCAL_CA = { 'issuer-group': 'podcert.io', 'issuer-kind': 'LocalCA', duration: '24h' };

/** A node without a cluster, whose driver has a CA of its own. */
async function openLocalField(context: TestContext): Promise<Field> {
  const folder = await mkdtemp(join(tmpdir(), 'podcert-field-ca-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const field = await openField(context);
  await field.stop();
  const { kubeconfig: _, ...flags } = field.flags;
  field.flags = { ...flags, 'local-ca-dir': folder };
  await field.start();
  return field;
}

/** All of them, some at a time, as kubelet does. */
async function publishAll(field: Field, volumes: readonly InlineVolume[]): Promise<void> {
  const left = [...volumes];
  const publishOne = async (): Promise<void> => {
    for (let volume = left.pop(); volume !== undefined; volume = left.pop()) await field.kubelet.publish(volume);
  };
  await Promise.all(Array.from({ length: 10 }, publishOne));
}

/** How many instants lie in each piece of a time. */
function histogram(instants: readonly number[], fromMs: number, pieceMs: number, pieces: number): readonly number[] {
  const counts = Array.from({ length: pieces }, () => 0);
  for (const instant of instants) {
    const piece = Math.floor((instant - fromMs) / pieceMs);
    if (piece >= 0 && piece < pieces) counts[piece] = (counts[piece] ?? 0) + 1;
  }
  return counts;
}

/** The fullest piece over the average; what chance makes of so few is let pass (five standard deviations of a Poisson distribution). */
function busiest(counts: readonly number[]): string {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const most = Math.max(...counts);
  assert.ok(most <= mean + 5 * Math.sqrt(mean), counts.join(', '));
  return `${most}, ${(most / mean).toFixed(2)} times the average`;
}

describe('many renewals in the field', { timeout: rounds({ usual: 240_000, full: 3_600_000 }) }, () => {
  it('of volumes born in the same second drift apart over the whole period, and stay apart', async (context) => {
    const count = rounds({ usual: 40, full: 1_000 });
    const field = await openLocalField(context);
    const bornMs = field.time.now().getTime();
    field.time.speed = 0;
    const volumes = field.volumes(count, LOCAL_CA);
    await publishAll(field, volumes);
    assert.ok(field.time.now().getTime() - bornMs <= 1_000);
    await passRenewals(field, 2 * DAY_MS + MINUTE_MS, (at, durationMs) => at.time.advance(durationMs));
    const { journal } = field.driver;
    assert.deepEqual(journal.all('renewal-failed'), []);
    // Whoever comes first with the third may be at the fourth already.
    const threeEach = [...Map.groupBy(journal.all('renewed'), ({ volumeId }) => volumeId).values()].flatMap((all) => all.slice(0, 3));
    const renewed = threeEach.map(({ notAfterAt }) => notAfterAt.getTime() - DAY_MS);
    assert.equal(renewed.length, 3 * count, 'three each');
    for (const volume of volumes) field.read(volume);
    // The first between a third and two thirds of the life; from the third on one in each period of two thirds.
    const first = busiest(histogram(renewed, bornMs + 8 * HOUR_MS, HOUR_MS, 8));
    const steady = busiest(histogram(renewed, bornMs + 32 * HOUR_MS, HOUR_MS, 16));
    const minute = Math.max(...histogram(renewed, bornMs, MINUTE_MS, 48 * 60));
    report(context, {
      injected: `${count} volumes are published in the same second, with 24 h to live`,
      rounds: renewed.length,
      observed: `renewals in the busiest hour of the first window (8 h): ${first}; of the third period (16 h): ${steady}; in the busiest minute of all: ${minute}`,
    });
  });

  it('that a suspend made overdue all come at once, each once, with 32 calls at a time at most', async (context) => {
    const count = rounds({ usual: 50, full: 200 });
    const { field, issuer } = await openOddField(context, { durationMs: DAY_MS });
    const volumes = field.volumes(count, { duration: '24h' });
    await publishAll(field, volumes);
    await passFor(field, MINUTE_MS);
    const before = volumes.map((volume) => field.read(volume));
    const { proxy } = field.cluster;
    proxy.mostAtOnce = 0;
    const lists = proxy.count('list');
    await field.time.jump(2 * DAY_MS);
    const awokeMs = field.time.now().getTime();
    // Slower than the machine's own, so that what a busy machine takes is not counted.
    await field.time.at(0.25, field.driver.journal.nth('renewed', count));
    const tookMs = field.time.now().getTime() - awokeMs;
    assert.ok(tookMs < MINUTE_MS, `${tookMs} ms`);
    await passFor(field, MINUTE_MS);
    for (const [index, volume] of volumes.entries()) assert.notEqual(field.read(volume).serial, before[index]?.serial);
    assert.equal(issuer.asked.length, 2 * count);
    assert.ok(proxy.mostAtOnce <= 32, `${proxy.mostAtOnce} calls at once`);
    assert.ok(proxy.count('list') - lists <= 2);
    assert.deepEqual(field.driver.journal.all('renewal-failed'), []);
    report(context, {
      injected: `a node with ${count} volumes is suspended until all of their certificates have expired`,
      rounds: count,
      observed: `all renewed within ${(tookMs / 1_000).toFixed(1)} s of waking up, one request each, ${proxy.mostAtOnce} calls of the API at once at most`,
    });
  });
});
