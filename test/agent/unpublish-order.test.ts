import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentBench } from '../support/agent-bench.ts';
import type { Operation } from '../support/faulty-disk.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

describe('an unpublish', { timeout: 60_000 }, () => {
  const bench = agentBench('unpublish-order');

  it('unlinks the password and then what the key is in, before any other step after the unbind (invariants 5 and 8)', async () => {
    const volume = localCaVolume('web', '3h');
    await bench.start();
    await bench.publish(volume);
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
    const { secrets, partsDirectory, directory, record, state } = bench.homeOf(volume);
    const places = { secrets, 'the parts': partsDirectory, 'the tmpfs': directory, record, target: bench.targetPath(volume), state };
    const step = ({ name, path }: Operation) => {
      const at = Object.entries(places).find(([, place]) => place === path)?.[0];
      if (at !== undefined) return `${name} ${at}`;
      const below = Object.entries(places).find(([, place]) => path.startsWith(`${place}/`))?.[0];
      return `below ${below ?? path}`;
    };
    bench.disk.arm();
    await bench.unpublish(volume);
    const steps = bench.disk.operations.map(step);
    assert.deepEqual(
      steps.filter((each, index) => each !== steps[index - 1]),
      [
        'unmount target',
        'removeFile secrets',
        'below the parts',
        'removeDirectory the parts',
        'below the tmpfs',
        'unmount the tmpfs',
        'removeDirectory the tmpfs',
        'removeDirectory target',
        'removeFile record',
        'removeDirectory state',
      ],
    );
  });
});
