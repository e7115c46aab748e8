import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { agentBench } from '../support/agent-bench.ts';
import { failLikely } from '../support/disk-failure.ts';
import type { Fault } from '../support/faulty-disk.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';

describe('a publish during which the disk fails', () => {
  const bench = agentBench('failing-publish');
  let baseline: readonly string[] = [];

  before(async () => {
    await bench.start();
    baseline = bench.traces(localCaVolume('none', '3h'));
  });

  /** Publishes while the disk fails from the `at`-th operation on. @returns whether it did. */
  async function failsToPublish(volume: InlineVolume, fault: Omit<Fault, 'strike'>) {
    bench.disk.arm({ ...fault, strike: failLikely });
    const failure = await bench.publish(volume).then(
      () => undefined,
      (error: unknown) => error,
    );
    const failed = bench.disk.operations.length >= fault.at;
    bench.disk.arm();
    if (failed) assert.match(String(failure), /^AgentError: E(NOSPC|BUSY|IO)/);
    else assert.equal(failure, undefined);
    return failed;
  }

  for (const moment of ['before', 'after'] as const) {
    it(`leaves nothing and succeeds when it is repeated, whichever operation fails, ${moment} it is done (invariants 1 and 5)`, async () => {
      const failures = await sweep(async (at) => {
        const volume = localCaVolume(`once-${moment}-${at}`, '3h');
        const failed = await failsToPublish(volume, { at, moment, lasts: false });
        if (failed) {
          assert.deepEqual(bench.traces(volume), baseline);
          await bench.publish(volume);
        }
        bench.read(volume);
        await bench.unpublish(volume);
        assert.deepEqual(bench.traces(volume), baseline);
        return failed;
      });
      assert.ok(failures >= 15, `failed at only ${failures} operations`);
    });

    it(`takes no mount and leaves the caller's own target directory, whichever operation fails, ${moment} it is done`, async () => {
      await sweep(async (at) => {
        const volume = localCaVolume(`own-target-${moment}-${at}`, '3h');
        const target = bench.targetPath(volume);
        mkdirSync(target, { recursive: true });
        const failed = await failsToPublish(volume, { at, moment, lasts: false });
        if (failed) assert.deepEqual(bench.traces(volume), [...baseline, target]);
        await bench.unpublish(volume);
        assert.deepEqual(bench.traces(volume), baseline);
        return failed;
      });
    });

    for (const then of ['publish', 'unpublish', 'start'] as const) {
      it(`is made up for by the next ${then} where the undoing fails as well, from any operation on, ${moment} it is done (invariants 1 and 5)`, async () => {
        await sweep(async (at) => {
          const volume = localCaVolume(`broken-disk-${then}-${moment}-${at}`, '3h');
          const failed = await failsToPublish(volume, { at, moment, lasts: true });
          if (then === 'start') await bench.start();
          if (then === 'start' && failed) assert.deepEqual(bench.traces(volume), baseline);
          if (then === 'publish') await bench.publish(volume);
          if (then === 'publish') bench.read(volume);
          await bench.unpublish(volume);
          assert.deepEqual(bench.traces(volume), baseline);
          return failed;
        });
      });
    }
  }
});
