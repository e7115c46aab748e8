import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { report, rounds } from '../support/field-report.ts';
import { killAt } from '../support/kill-bench.ts';
import { openKillField } from '../support/kill-field.ts';
import type { KillField } from '../support/kill-field.ts';

/** With those at requests they come to 1,000. */
const KILLS = {
  publish: rounds({ usual: 5, full: 425 }),
  rotation: rounds({ usual: 5, full: 120 }),
  unpublish: rounds({ usual: 5, full: 420 }),
};
/** A short run strikes moments far from one another. */
const STRIDE = rounds({ usual: 4, full: 1 });
/** Longer than the minute for which a replaced set stays. */
const SHORT_MS = 100_000;

/** Kills at one moment after the other, and from the first again after the last, until it was often enough. */
async function killOften(
  times: number,
  strike: (step: number, name: string) => Promise<boolean>,
): Promise<{ count: number; steps: number }> {
  let [count, steps, step] = [0, 0, 1];
  for (let round = 0; count < times; round += 1) {
    const died = await strike(step, `web-${round}`);
    assert.ok(died || step > 1, 'the first moment kills nothing');
    if (died) [count, steps] = [count + 1, Math.max(steps, step)];
    step = died ? step + STRIDE : 1;
  }
  return { count, steps };
}

function strikes(call: string, steps: number): string {
  return `SIGKILL during ${call}, before and after each operation of the disk (${steps} moments), then the next start`;
}

describe('kills in the field', { timeout: rounds({ usual: 240_000, full: 3_600_000 }) }, () => {
  it('leave of a publish the whole volume or nothing, and its retry is answered with OK (invariants 1, 2, 4, 5 and 6)', async (context) => {
    const bench = await openKillField(context);
    const { field } = bench;
    let delivered = 0;
    const { count, steps } = await killOften(KILLS.publish, async (step, name) => {
      const volume = field.volume(name);
      const died = await bench.isKilled(() => field.kubelet.publish(volume), killAt(step));
      const left = field.look(volume);
      if (died) await bench.restart();
      assert.deepEqual(field.look(volume), left, 'what was bound still is, and what was not is not');
      if (left === undefined) await bench.assertNothingLeft();
      else delivered += 1;
      await bench.retryPublish(volume);
      if (left !== undefined) assert.deepEqual(field.read(volume), left, 'what was delivered is not delivered anew');
      await bench.unpublish(volume);
      return died;
    });
    report(context, {
      injected: strikes('a publish', steps),
      rounds: count,
      observed: `a whole volume ${delivered} times, which stayed as it was; else nothing; the retry OK; 1 request a volume`,
    });
  });

  it('leave of a rotation the old set or the new one, and the renewal is made up for (invariants 2, 4 and 6)', async (context) => {
    const bench = await openKillField(context);
    const { field } = bench;
    const volume = await publishShort(bench, 'web');
    let rotated = 0;
    const { count, steps } = await killOften(KILLS.rotation, async (step) => {
      // After two renewals there is one set to remove, whatever the last kill left: every round has the same operations.
      await bench.renew(volume);
      await bench.renew(volume);
      const before = field.read(volume);
      const died = await bench.isKilled(() => bench.renew(volume), killAt(step));
      const after = field.read(volume);
      assert.equal(after.mountId, before.mountId);
      if (!died) return false;
      if (after.serial !== before.serial) rotated += 1;
      await bench.restart();
      assert.deepEqual(field.read(volume), after);
      return true;
    });
    await bench.renew(volume);
    await bench.assertOneRequest(volume);
    await bench.unpublish(volume);
    report(context, {
      injected: strikes('a rotation', steps),
      rounds: count,
      observed: `the new set ${rotated} times, else the old one; the mount the same; the next renewal came; 1 request at the end`,
    });
  });

  it('take by an unpublish nothing, or in the end all (invariants 4 and 5)', async (context) => {
    const bench = await openKillField(context);
    const { field } = bench;
    let unbound = 0;
    const { count, steps } = await killOften(KILLS.unpublish, async (step, name) => {
      const volume = field.volume(name);
      await field.kubelet.publish(volume);
      const before = field.read(volume);
      const died = await bench.isKilled(() => field.kubelet.unpublish(volume), killAt(step));
      const after = field.look(volume);
      if (after !== undefined) assert.deepEqual(after, before, 'what is still bound is still whole');
      if (died) await bench.restart();
      assert.deepEqual(field.look(volume), after);
      if (after === undefined) await bench.assertNothingLeft();
      if (died && after === undefined) unbound += 1;
      await bench.unpublish(volume);
      return died;
    });
    report(context, {
      injected: strikes('an unpublish', steps),
      rounds: count,
      observed: `unbound ${unbound} times, and then the start removed the rest; else whole; nothing left after kubelet's retry`,
    });
  });

  it('cost a request whose key died with the process: it is deleted, and one is made that is answered (invariant 5)', async (context) => {
    const bench = await openKillField(context);
    const { field } = bench;
    const cycles = rounds({ usual: 1, full: 5 });
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      for (const moment of ['create', 'pending', 'signed'] as const) {
        bench.script.lifetimeMs = SHORT_MS;
        const volume = field.volume(`web-${cycle}-${moment}`);
        assert.ok(await bench.isKilled(() => field.kubelet.publish(volume), moment));
        assert.equal(field.look(volume), undefined);
        await bench.restart();
        await bench.retryPublish(volume);
        const before = field.read(volume);
        assert.ok(await bench.isKilled(() => bench.renew(volume), moment));
        await bench.restart();
        assert.deepEqual(field.read(volume), before);
        await bench.noneIsPending(volume);
        await bench.renew(volume);
        await bench.assertOneRequest(volume);
        await bench.unpublish(volume);
      }
      const volume = await publishShort(bench, `web-${cycle}-delete`);
      bench.script.isSilent = true;
      await field.time.at(
        60,
        field.driver.journal.next(({ kind }) => kind === 'waiting'),
      );
      assert.ok(await bench.isKilled(() => field.kubelet.unpublish(volume), 'delete'));
      bench.script.isSilent = false;
      await bench.restart();
      await bench.noneIsPending(volume);
      await bench.unpublish(volume);
    }
    report(context, {
      injected:
        'SIGKILL as a publish and a rotation ask for their request, while it is pending, and as it is signed; and as an unpublish deletes it',
      rounds: cycles * 7,
      observed: 'nothing on the node, or the old set; no request pending after the next start or retry; 1 request a volume',
    });
  });
});

async function publishShort({ field, script }: KillField, name: string): Promise<InlineVolume> {
  script.lifetimeMs = SHORT_MS;
  const volume = field.volume(name);
  await field.kubelet.publish(volume);
  return volume;
}
