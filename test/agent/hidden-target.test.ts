import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { agentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

describe('a target that is not seen as it was', { timeout: 60_000 }, () => {
  const bench = agentBench('hidden-target');

  it('keeps its files through a start that cannot see it (invariant 4)', async () => {
    const volume = localCaVolume('covered', '3h');
    await bench.start();
    await bench.publish(volume);
    const before = bench.read(volume);
    // What a DaemonSet that forgets to mount kubelet's folder sees.
    const cover = dirname(bench.targetPath(volume));
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', 'cover', cover]).status, 0);
    await bench.start();
    assert.equal(spawnSync('umount', [cover]).status, 0);
    assert.deepEqual(bench.look(volume), before);
    await bench.unpublish(volume);
    assert.equal(bench.look(volume), undefined);
  });

  it('is found again below a link in its path (invariants 4 and 6)', async () => {
    const volume = localCaVolume('linked', '3h');
    const pod = dirname(bench.targetPath(volume));
    mkdirSync(pod, { recursive: true });
    renameSync(pod, `${pod}-elsewhere`);
    symlinkSync(`${pod}-elsewhere`, pod);
    await bench.start();
    await bench.publish(volume);
    const read = () => readFileSync(join(bench.targetPath(volume), 'tls.crt'), 'utf8');
    const before = read();
    await bench.start();
    assert.equal(read(), before);
    assert.equal(bench.status(volume)?.state, 'mounted');
    await bench.unpublish(volume);
    assert.deepEqual(
      bench.traces(volume).filter((path) => path.includes(volume.pod.name)),
      [],
    );
  });

  it('is kept and found by kubelet, though a start could not even look at it (invariants 4, 5 and 7)', async () => {
    const volume = localCaVolume('looped', '3h');
    const pod = dirname(bench.targetPath(volume));
    await bench.start();
    await bench.publish(volume);
    const before = bench.read(volume);
    // ELOOP stands for all that lstat(2) may say of a path, such as EIO.
    renameSync(pod, `${pod}-elsewhere`);
    symlinkSync(pod, pod);
    await bench.start();
    assert.equal(bench.status(volume)?.state, 'broken');
    unlinkSync(pod);
    renameSync(`${pod}-elsewhere`, pod);
    const mended = bench.nextEnd(volume);
    await bench.publish(volume);
    assert.equal((await mended).kind, 'renewed');
    assert.equal(bench.read(volume).mountId, before.mountId);
    await bench.unpublish(volume);
    assert.deepEqual(
      bench.traces(volume).filter((path) => path.includes(volume.pod.name)),
      [],
    );
  });
});

describe('an unpublish of a volume that nobody knows', { timeout: 60_000 }, () => {
  const bench = agentBench('unknown-unpublish');

  it('never empties a volume that is published at the same moment (invariants 1 and 3)', async () => {
    await bench.start();
    for (let round = 0; round < 20; round += 1) {
      const volume = localCaVolume(`racing-${round}`, '3h');
      const [unpublished, published] = await Promise.allSettled([bench.unpublish(volume), bench.publish(volume)]);
      assert.equal(unpublished.status, 'fulfilled');
      if (published.status === 'rejected') assert.match(String(published.reason), /it is being unpublished/);
      else assert.ok(bench.read(volume).serial !== '');
      await bench.unpublish(volume);
      assert.equal(bench.look(volume), undefined);
    }
  });
});
