import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killAt, killBench } from '../support/kill-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';

describe('a publish during which the driver is killed', () => {
  const bench = killBench('kill-publish');

  it('is whole or gone after the next start, killed before or after any disk operation (invariants 1, 2, 4, 5 and 6)', async () => {
    const kills = await sweep(async (step) => {
      const volume = localCaVolume(`web-${step}`, '3h');
      const died = await bench.isKilled(killAt(step), () => bench.kubelet.publish(volume));
      const delivered = bench.look(volume);
      if (died) await bench.restart();
      assert.deepEqual(bench.look(volume), delivered, 'what was bound still is, and what was not is not');
      if (delivered === undefined) {
        bench.assertNothingLeft(volume);
        // kubelet may have lost interest as well as try again.
        await bench.kubelet.unpublish(volume);
        bench.assertNothingLeft(volume);
      }
      await bench.kubelet.publish(volume);
      const again = bench.look(volume);
      assert.ok(again !== undefined);
      if (delivered !== undefined) assert.deepEqual(again, delivered, 'what was delivered is not delivered anew');
      await bench.kubelet.unpublish(volume);
      bench.assertNothingLeft(volume);
      return died;
    });
    assert.ok(kills >= 15, `killed only ${kills} times`);
  });
});
