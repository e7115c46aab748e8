import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS } from '../../node-agent/clock.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report } from '../support/field-report.ts';

interface Case {
  readonly name: string;
  /** What is there before the first unpublish. */
  readonly prepare: (field: Field, volume: InlineVolume) => Promise<void>;
}

const cases: readonly Case[] = [
  { name: 'a published volume', prepare: (field, volume) => field.kubelet.publish(volume) },
  { name: 'one that was never published', prepare: async () => undefined },
  {
    name: 'one whose target kubelet made and nobody mounted',
    prepare: async ({ kubelet }, volume) => void mkdirSync(kubelet.targetPath(volume), { recursive: true }),
  },
  {
    name: 'one that is only half published',
    async prepare(field, volume) {
      await field.driver.arm({ at: 6, moment: 'after' });
      await assert.rejects(field.kubelet.publish(volume), { code: status.UNAVAILABLE });
      await field.driver.end;
      await field.start();
    },
  },
  {
    name: 'one that was set aside',
    async prepare(field, volume) {
      await field.kubelet.publish(volume);
      await field.stop();
      writeFileSync(join(field.home.state, volumeIdOf(volume), 'record.json'), '{');
      await field.start();
      assert.equal(field.driver.journal.all('volume-set-aside').length, 1);
    },
  },
  {
    name: 'one whose target somebody unmounted and removed',
    async prepare({ kubelet }, volume) {
      await kubelet.publish(volume);
      unmount(kubelet.targetPath(volume));
      rmSync(kubelet.targetPath(volume), { recursive: true });
    },
  },
  {
    name: "one whose pod's folder is gone",
    async prepare({ kubelet }, volume) {
      await kubelet.publish(volume);
      unmount(kubelet.targetPath(volume));
      rmSync(dirname(kubelet.targetPath(volume)), { recursive: true });
    },
  },
  {
    name: 'one whose target is no mount any more',
    async prepare({ kubelet }, volume) {
      await kubelet.publish(volume);
      unmount(kubelet.targetPath(volume));
    },
  },
];

describe('unpublish in the field', { timeout: 120_000 }, () => {
  it('of whatever there is and is not of a volume is answered with OK, and so is the next (invariant 5)', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const before = await field.remains();
    for (const [index, { name, prepare }] of cases.entries()) {
      const volume = field.volume(`web-${index}`);
      await prepare(field, volume);
      for (let call = 1; call <= 2; call += 1) {
        await field.kubelet.unpublish(volume);
        assert.deepEqual((await field.remains()).toSorted(), before.toSorted(), `${name}, call ${call}`);
        assert.ok(!existsSync(field.kubelet.targetPath(volume)), name);
      }
    }
    report(context, {
      injected: `unpublish, twice, of ${cases.map(({ name }) => name).join('; ')}`,
      rounds: cases.length * 2,
      observed: 'OK each time; no mount, directory, file, series or request left after either',
    });
  });
});
