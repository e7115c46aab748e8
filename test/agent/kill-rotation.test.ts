import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { parseSetName } from '../../node-agent/volume/home.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { killAt, killBench } from '../support/kill-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';

describe('a rotation during which the driver is killed', () => {
  const bench = killBench('kill-rotation');

  it('shows the old set or the new one, whole, killed before or after any disk operation, and is made up for (invariants 2, 4 and 6)', async () => {
    const volume = localCaVolume('web', '3h');
    await bench.kubelet.publish(volume);
    const kills = await sweep(async (step) => {
      // After two renewals there is one set to remove, whatever the last kill left: every round has the same operations.
      await bench.renew(volume);
      await bench.renew(volume);
      assertTidy(volume);
      const before = bench.look(volume);
      const died = await bench.isKilled(killAt(step), () => bench.renew(volume));
      const after = bench.look(volume);
      assert.equal(after?.mountId, before?.mountId, 'the bind is the same');
      if (!died) return false;
      await bench.restart();
      assert.deepEqual(bench.look(volume), after);
      if (after?.serial === before?.serial) assert.ok(bench.untilDueMs(volume) <= 5 * MINUTE_MS, 'what fell due is renewed soon');
      // kubelet's next call changes nothing.
      await bench.kubelet.publish(volume);
      assert.deepEqual(bench.look(volume), after);
      return true;
    });
    assert.ok(kills >= 12, `killed only ${kills} times`);
    await bench.kubelet.unpublish(volume);
    bench.assertNothingLeft(volume);
  });

  /** Two sets, the parts of the current one, and nothing that a kill left halfway. */
  function assertTidy(volume: InlineVolume): void {
    const volumeId = parseVolumeId(volumeIdOf(volume));
    assert.ok(volumeId !== undefined);
    const { directory, partsDirectory } = bench.home.volume(volumeId);
    const current = parseSetName(bench.look(volume)?.set ?? '');
    assert.ok(current !== undefined);
    const names = ['..data', `..${current}`, `..${current - 1}`, 'ca.crt', 'keystore.p12', 'tls.crt', 'tls.key'];
    assert.deepEqual(readdirSync(directory).toSorted(), names.toSorted());
    assert.deepEqual(readdirSync(partsDirectory), [`${current}.json`]);
  }
});
