import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { agentBench } from '../support/agent-bench.ts';
import { failLikely } from '../support/disk-failure.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

describe('a state tmpfs that somebody unmounted', { timeout: 60_000 }, () => {
  const bench = agentBench('lost-state');

  it('is told as long as it cannot be mounted again, and nothing is written below it; then all is as before (invariant 8)', async () => {
    const volume = localCaVolume('web', '720h');
    await bench.start();
    await bench.publish(volume);
    const before = bench.traces(volume);
    unmount(bench.home.state);
    bench.disk.arm({
      at: 1,
      moment: 'before',
      lasts: true,
      strike: (operation) => {
        if (operation === 'mountTmpfs') failLikely(operation);
      },
    });
    for (const time of [1, 2]) {
      const lost = bench.journal.nth('state-lost', time);
      await bench.clock.advance(MINUTE_MS);
      await lost;
    }
    await bench.agent.stats(volumeIdOf(volume), bench.targetPath(volume));
    assert.deepEqual(existsSync(bench.home.state) ? readdirSync(bench.home.state) : [], []);
    bench.disk.arm();
    const [remounted, restored] = [bench.journal.nth('state-remounted', 1), bench.journal.nth('files-restored', 1)];
    await bench.clock.advance(MINUTE_MS);
    await remounted;
    await restored;
    assert.deepEqual(
      bench
        .traces(volume)
        .map((line) => line.replace(/ \d+ bytes$/, ''))
        .filter((line) => line.endsWith('record.json')),
      before.map((line) => line.replace(/ \d+ bytes$/, '')).filter((line) => line.endsWith('record.json')),
    );
    await bench.unpublish(volume);
  });
});
