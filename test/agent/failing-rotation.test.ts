import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { parseSetName } from '../../node-agent/volume/home.ts';
import { agentBench } from '../support/agent-bench.ts';
import { failLikely } from '../support/disk-failure.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';

describe('a rotation during which the disk fails', () => {
  const bench = agentBench('failing-rotation');
  before(() => bench.start());

  for (const moment of ['before', 'after'] as const) {
    for (const lasts of [false, true]) {
      const extent = lasts ? 'from any operation on' : 'at any operation';
      it(`keeps the old set whole or shows the new one, and succeeds later, failed ${extent}, ${moment} it is done (invariants 2 and 4)`, async () => {
        const volume = localCaVolume(`rotated-${moment}-${lasts}`, '3h');
        await bench.publish(volume);
        const failures = await sweep(async (at) => {
          // After two renewals there is one set to remove: every round has the same operations.
          await bench.passDue(volume);
          await bench.passDue(volume);
          assertTidy();
          const old = bench.read(volume);
          bench.disk.arm({ at, moment, lasts, strike: failLikely });
          const { kind } = await bench.passDue(volume);
          const failed = bench.disk.operations.length >= at;
          bench.disk.arm();
          const now = bench.read(volume);
          assert.equal(now.mountId, old.mountId);
          if (kind === 'renewed') assert.notEqual(now.serial, old.serial);
          else assert.ok(failed, 'nothing else makes it fail');
          return failed;
        });
        assert.ok(failures >= 12, `failed at only ${failures} operations`);
        await bench.unpublish(volume);
      });

      function assertTidy(): void {
        const volume = localCaVolume(`rotated-${moment}-${lasts}`, '3h');
        const { directory, partsDirectory } = bench.homeOf(volume);
        const current = parseSetName(bench.read(volume).set);
        assert.deepEqual(readdirSync(partsDirectory), [`${current}.json`]);
        assert.equal(readdirSync(directory).filter((name) => parseSetName(name) !== undefined).length, 2);
      }
    }
  }
});
