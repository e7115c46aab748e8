import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import { killAt, killBench } from '../support/kill-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { PeerDriver } from '../support/peer-driver.ts';
import { sweep } from '../support/sweep.ts';

describe('a driver that is killed while it takes over from cert-manager’s csi-driver', () => {
  const bench = killBench('adopt-kill');
  let peer: PeerDriver;
  before(async () => {
    const authority = await createCertificateAuthority({ clock: new ManualClock() });
    peer = new PeerDriver({ dataRoot: bench.home.root, kubelet: bench.kubelet, authority, clock: bench });
    await peer.open();
    bench.takeBaseline();
  });

  const publish = async (name: string): Promise<InlineVolume> => {
    const volume = localCaVolume(name, '3h');
    await peer.publish(volume, { lifetimeMs: 3 * HOUR_MS, ageMs: HOUR_MS });
    return volume;
  };

  /** A volume made while no driver runs, which is then adopted. */
  async function adopted(name: string): Promise<InlineVolume> {
    await bench.driver.kill();
    const volume = await publish(name);
    await bench.restart();
    return volume;
  }

  it('at its start leaves every volume as it was (invariants 4 and 6)', async () => {
    const volume = await adopted('start');
    const found = bench.look(volume);
    const kills = await sweep(async (step) => {
      await bench.driver.kill();
      const served = await bench.startKilled(killAt(step));
      assert.deepEqual(bench.look(volume), found);
      return !served;
    });
    assert.ok(kills >= 2, `killed only ${kills} times`);
    await bench.driver.kill();
    await bench.restart();
    assert.deepEqual(bench.look(volume), found);
    await bench.kubelet.unpublish(volume);
    bench.assertNothingLeft(volume);
  });

  it('in the first renewal shows the old set or the new one, whole, and makes up for it (invariants 2, 4 and 5)', async () => {
    let volume = await adopted('renewal');
    const kills = await sweep(async (step) => {
      const found = bench.look(volume);
      const died = await bench.isKilled(killAt(step), () => bench.renew(volume));
      const after = bench.look(volume);
      assert.deepEqual([after?.mountId, after?.root], [found?.mountId, found?.root]);
      if (!died) return false;
      const next = await publish(`renewal-${step}`);
      await bench.restart();
      assert.deepEqual(bench.look(volume), after);
      if (after?.serial === found?.serial) await bench.renew(volume);
      assert.notEqual(bench.look(volume)?.serial, found?.serial);
      await bench.kubelet.unpublish(volume);
      volume = next;
      return true;
    });
    assert.ok(kills >= 10, `killed only ${kills} times`);
    await bench.kubelet.unpublish(volume);
    bench.assertNothingLeft(volume);
  });

  it('in an unpublish leaves nothing once kubelet has asked again (invariant 5)', async () => {
    let volume = await adopted('unpublish');
    const kills = await sweep(async (step) => {
      await bench.renew(volume);
      if (!(await bench.isKilled(killAt(step), () => bench.kubelet.unpublish(volume)))) return false;
      const next = await publish(`unpublish-${step}`);
      assert.ok(await bench.startKilled());
      await bench.kubelet.unpublish(volume);
      volume = next;
      return true;
    });
    assert.ok(kills >= 10, `killed only ${kills} times`);
    bench.assertNothingLeft(volume);
  });
});
