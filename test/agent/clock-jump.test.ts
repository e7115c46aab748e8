import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { agentBench } from '../support/agent-bench.ts';
import type { AgentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

const MONTH_MS = 31 * DAY_MS;

describe('a clock that jumps', { timeout: 60_000 }, () => {
  const bench = agentBench('clock-jump');
  // Issued together, for ten days: the first renewals are due between a third and two thirds of that.
  const volumes = Array.from({ length: 20 }, (_, index) => localCaVolume(`web-${index}`, '240h'));

  let published = 0;

  /** How often the issuer was asked after all were published. */
  const renewals = async () => (await bench.orders()) - published;

  /** All volumes, with certificates of this instant. */
  async function publishAll(context: TestContext): Promise<readonly string[]> {
    await bench.start();
    for (const volume of volumes) await bench.publish(volume);
    context.after(() => Promise.all(volumes.map((volume) => bench.unpublish(volume))));
    published = await bench.orders();
    return serials();
  }

  /** After each was renewed once nothing comes before its time. */
  async function assertQuiet(): Promise<void> {
    await bench.clock.advance(6 * HOUR_MS);
    assert.ok(plannedAt(bench, volumes).every((at) => at !== undefined && at > bench.clock.now().getTime()));
    assert.equal(await renewals(), volumes.length);
  }

  const serials = () => volumes.map((volume) => bench.read(volume).serial);
  const renewed = () => bench.journal.all('renewed').map(({ volumeId }) => volumeId);
  const ids = volumes.map(volumeIdOf);

  it('by a month renews everything that is overdue, once (invariant 6)', async (context) => {
    const before = await publishAll(context);
    await bench.clock.jump(MONTH_MS);
    await bench.journal.nth('renewed', volumes.length);
    assert.deepEqual(renewed().toSorted(), ids.toSorted());
    assert.ok(serials().every((serial, index) => serial !== before[index]));
    await assertQuiet();
  });

  it('by a month while no driver runs renews everything that has expired, once (invariant 6)', async (context) => {
    const before = await publishAll(context);
    await bench.close();
    await bench.clock.jump(MONTH_MS);
    assert.deepEqual(serials(), before);
    await bench.start();
    await bench.clock.advance(0);
    await bench.journal.nth('renewed', volumes.length);
    assert.deepEqual(renewed().toSorted(), ids.toSorted());
    await assertQuiet();
  });

  it('to when all are overdue while no driver runs issues nothing at the start, and spreads the renewals over five minutes (invariant 6)', async (context) => {
    const before = await publishAll(context);
    await bench.close();
    await bench.clock.jump(7 * DAY_MS);
    await bench.start();
    assert.equal(await renewals(), 0);
    assert.deepEqual(serials(), before);
    const delaysMs = bench.journal.all('volume-resumed').map(({ renewAt }) => renewAt.getTime() - bench.clock.now().getTime());
    assert.equal(delaysMs.length, volumes.length);
    assert.ok(delaysMs.every((delayMs) => delayMs >= 0 && delayMs <= 5 * MINUTE_MS));
    for (const minute of [0, 1, 2, 3, 4]) {
      const within = delaysMs.filter((delayMs) => Math.floor(delayMs / MINUTE_MS) === minute);
      assert.ok(within.length <= volumes.length / 2, `${within.length} of ${volumes.length} in minute ${minute}`);
    }
    await bench.clock.advance(5 * MINUTE_MS);
    await bench.journal.nth('renewed', volumes.length);
    assert.deepEqual(renewed().toSorted(), ids.toSorted());
  });

  it('by no more than the certificates bear renews nothing, with or without a restart (invariant 6)', async (context) => {
    const before = await publishAll(context);
    await bench.clock.jump(3 * DAY_MS);
    await bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    assert.equal(await renewals(), 0);
    assert.deepEqual(serials(), before);
    assert.ok(plannedAt(bench, volumes).every((at) => at !== undefined && at > bench.clock.now().getTime()));
  });

  it('back by a month renews nothing, and renews in time when it is set right (invariant 6)', async (context) => {
    const before = await publishAll(context);
    const planned = plannedAt(bench, volumes);
    await bench.clock.jump(-MONTH_MS);
    await bench.clock.advance(6 * HOUR_MS);
    await bench.start();
    assert.equal(await renewals(), 0);
    assert.deepEqual(serials(), before);
    assert.deepEqual(plannedAt(bench, volumes), planned);
    await bench.clock.jump(MONTH_MS + 7 * DAY_MS);
    await bench.journal.nth('renewed', volumes.length);
    assert.deepEqual(renewed().toSorted(), ids.toSorted());
  });

  it('back by hours holds up no look at what somebody deleted, and no retry of a renewal that failed', async (context) => {
    await publishAll(context);
    const [volume, other] = [volumes[0]!, volumes[1]!];
    bench.issuerFailure = new AgentError('issuer-unavailable', 'Nobody is at home');
    assert.equal((await bench.passDue(volume)).kind, 'renewal-failed');
    bench.issuerFailure = undefined;
    const ends = [bench.nextEnd(volume), bench.journal.nth('files-restored', 1)] as const;
    await bench.clock.jump(-5 * HOUR_MS);
    rmSync(bench.homeOf(other).data);
    await bench.clock.advance(2 * MINUTE_MS);
    const [end, restored] = await Promise.all(ends);
    assert.deepEqual([end.kind, restored.volumeId], ['renewed', volumeIdOf(other)]);
  });
});

function plannedAt(bench: AgentBench, volumes: readonly InlineVolume[]): readonly (number | undefined)[] {
  return volumes.map((volume) => bench.status(volume)?.renewAt?.getTime());
}
