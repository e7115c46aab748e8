import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { agentBench } from '../support/agent-bench.ts';
import { failLikely } from '../support/disk-failure.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

describe('a volume to which nothing has happened for a while', { timeout: 60_000 }, () => {
  const bench = agentBench('quiet-volume');
  // Its renewal comes first.
  const volume = localCaVolume('web', '240h');
  const neighbour = localCaVolume('api', '720h');

  const passQuietTime = async () => {
    bench.disk.arm();
    await bench.clock.advance(3 * MINUTE_MS);
    assert.deepEqual(bench.disk.operations, [], 'something is written');
  };

  const deleteKeystore = async () => {
    const before = bench.read(volume);
    rmSync(join(bench.homeOf(volume).directory, before.set, 'keystore.p12'));
    const restored = bench.journal.nth('files-restored', 1);
    await bench.clock.advance(MINUTE_MS);
    await restored;
    assert.equal(bench.read(volume).serial, before.serial);
  };

  it('has what somebody deletes written again within a minute, be it new, resumed, renewed or mended (invariant 2)', async () => {
    await bench.start();
    await bench.publish(neighbour);
    await bench.publish(volume);
    await passQuietTime();
    await deleteKeystore();
    await bench.start();
    await passQuietTime();
    await deleteKeystore();
    await bench.start();
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
    await passQuietTime();
    await deleteKeystore();
    rmSync(bench.homeOf(volume).record);
    await bench.start();
    await passQuietTime();
    const mended = bench.nextEnd(volume);
    await bench.publish(volume);
    await mended;
    await passQuietTime();
    await deleteKeystore();
    await bench.unpublish(volume);
    await bench.unpublish(neighbour);
  });

  it('is not looked at as long as the kernel tells of no change', async (context) => {
    await bench.start();
    await bench.publish(volume);
    await passQuietTime();
    const take = context.mock.method(bench.changes, 'take', () => []);
    rmSync(join(bench.homeOf(volume).directory, bench.read(volume).set, 'keystore.p12'));
    await bench.clock.advance(3 * MINUTE_MS);
    assert.equal(take.mock.callCount(), 3);
    // Which waits for what is done to the volume.
    await bench.agent.stats(volumeIdOf(volume), bench.targetPath(volume));
    assert.deepEqual([bench.disk.operations, bench.journal.all('files-restored')], [[], []]);
    await bench.unpublish(volume);
  });

  it('is tried again each minute where that does not go (invariant 2)', async () => {
    await bench.start();
    await bench.publish(volume);
    await passQuietTime();
    bench.disk.arm({ at: 1, moment: 'before', lasts: true, strike: failLikely });
    rmSync(join(bench.homeOf(volume).directory, bench.read(volume).set, 'keystore.p12'));
    const lost = bench.journal.nth('files-lost', 1);
    await bench.clock.advance(MINUTE_MS);
    await lost;
    await bench.clock.advance(3 * MINUTE_MS);
    const restored = bench.journal.nth('files-restored', 1);
    bench.disk.arm();
    await bench.clock.advance(MINUTE_MS);
    await restored;
    bench.read(volume);
    await bench.unpublish(volume);
  });
});
