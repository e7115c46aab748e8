import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { killAt, killBench } from '../support/kill-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';

describe('an unpublish during which the driver is killed', () => {
  const bench = killBench('kill-unpublish');

  /** A volume with two file sets. */
  async function published(pod: string): Promise<InlineVolume> {
    const volume = localCaVolume(pod, '3h');
    await bench.kubelet.publish(volume);
    await bench.renew(volume);
    return volume;
  }

  it('has taken nothing or ends by taking all, killed before or after any disk operation (invariants 4 and 5)', async () => {
    const kills = await sweep(async (step) => {
      const volume = await published(`web-${step}`);
      const before = bench.look(volume);
      const died = await bench.isKilled(killAt(step), () => bench.kubelet.unpublish(volume));
      const after = bench.look(volume);
      if (after !== undefined) assert.deepEqual(after, before, 'what is still bound is still whole');
      if (died) await bench.restart();
      assert.deepEqual(bench.look(volume), after);
      if (after === undefined) bench.assertNothingLeft(volume);
      await bench.kubelet.unpublish(volume);
      bench.assertNothingLeft(volume);
      return died;
    });
    assert.ok(kills >= 15, `killed only ${kills} times`);
  });

  it('is made up for by the starts that follow, each of them killed one disk operation later than the one before (invariant 5)', async () => {
    const volume = await published('killed-again-and-again');
    assert.ok(await bench.isKilled({ at: 1, moment: 'after' }, () => bench.kubelet.unpublish(volume)));
    assert.equal(bench.look(volume), undefined);
    const kills = await sweep(async (step) => {
      if (await bench.startKilled({ at: step, moment: 'after' })) return false;
      await bench.driver.end;
      return true;
    });
    assert.ok(kills >= 5, `killed only ${kills} times`);
    await bench.driver.arm();
    bench.assertNothingLeft(volume);
    await bench.kubelet.unpublish(volume);
  });
});
