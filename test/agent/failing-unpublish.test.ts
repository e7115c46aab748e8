import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { agentBench } from '../support/agent-bench.ts';
import { failLikely } from '../support/disk-failure.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';

describe('an unpublish during which the disk fails', () => {
  const bench = agentBench('failing-unpublish');
  let baseline: readonly string[] = [];

  before(async () => {
    await bench.start();
    baseline = bench.traces(localCaVolume('none', '3h'));
  });

  for (const moment of ['before', 'after'] as const) {
    for (const restarted of [false, true]) {
      const then = restarted ? 'after a restart' : 'by the same agent';
      it(`is told, and leaves nothing when it is repeated ${then}, whichever operation fails, ${moment} it is done (invariants 4 and 5)`, async () => {
        const failures = await sweep(async (at) => {
          const volume = localCaVolume(`${moment}-${restarted}-${at}`, '3h');
          await bench.publish(volume);
          await bench.passDue(volume);
          const whole = bench.read(volume);
          bench.disk.arm({ at, moment, strike: failLikely });
          const unpublished = bench.unpublish(volume);
          const outcome = await unpublished.then(
            () => 'removed',
            (error: unknown) => String(error),
          );
          const failed = bench.disk.operations.length >= at;
          bench.disk.arm();
          assert.match(outcome, failed ? /^AgentError: E(NOSPC|BUSY|IO)/ : /^removed$/);
          // As long as it is bound nothing of it is gone.
          const left = bench.look(volume);
          if (left !== undefined) assert.deepEqual(left, whole);
          if (failed && !restarted) await assert.rejects(bench.publish(volume), { code: 'volume-busy' });
          if (restarted) await bench.start();
          if (restarted) assert.deepEqual(bench.look(volume), left);
          await bench.unpublish(volume);
          assert.deepEqual(bench.traces(volume), baseline);
          assert.equal(bench.status(volume), undefined);
          return failed;
        });
        assert.ok(failures >= 15, `failed at only ${failures} operations`);
      });
    }
  }
});
