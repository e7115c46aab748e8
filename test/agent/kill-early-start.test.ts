import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { killAt, killBench } from '../support/kill-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';
import { mountIdAt } from '../support/volume-facts.ts';

describe('a publish that lets its pod start first, during which the driver is killed', () => {
  const bench = killBench('kill-early-start');

  /** The mount and whether there are files: none at all, or one whole set. */
  function look(volume: InlineVolume): unknown {
    const target = bench.kubelet.targetPath(volume);
    const mountId = mountIdAt(target);
    if (mountId === undefined) return undefined;
    return readdirSync(target).includes('..data') ? bench.look(volume) : mountId;
  }

  /** Gives all pods an IP and awaits the volume's first set. */
  async function giveIp(): Promise<void> {
    const { driver } = bench;
    // After a restart it is told as of any volume that a start finds.
    const first = driver.journal.next(({ kind }) => kind === 'published' || kind === 'renewed');
    void driver.setIp(true);
    await first;
  }

  it('is gone, empty or whole after the next start, and goes on, killed before or after any disk operation (invariants 1, 2, 4, 5 and 6)', async () => {
    const kills = await sweep(async (step) => {
      const plain = localCaVolume(`web-${step}`, '3h');
      const volume = { ...plain, attributes: { ...plain.attributes, 'podcert.io/wait-for': 'pod-ip' } };
      await bench.driver.setIp(false);
      const died = await bench.isKilled(killAt(step), async () => {
        await bench.kubelet.publish(volume);
        await giveIp();
      });
      const found = look(volume);
      if (died) await bench.restart();
      assert.deepEqual(look(volume), found, 'what was bound still is, and what was not is not');
      if (found === undefined) bench.assertNothingLeft(volume);
      await bench.kubelet.publish(volume);
      const mountId = mountIdAt(bench.kubelet.targetPath(volume));
      assert.ok(mountId !== undefined);
      if (look(volume) === mountId) await giveIp();
      else assert.deepEqual(look(volume), found, 'what was delivered is not delivered anew');
      assert.equal(bench.look(volume)?.mountId, mountId);
      await bench.kubelet.unpublish(volume);
      bench.assertNothingLeft(volume);
      return died;
    });
    assert.ok(kills >= 15, `killed only ${kills} times`);
  });
});
