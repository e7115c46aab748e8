import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, truncateSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { inspectVolume } from '../../node-agent/volume/resume.ts';
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

describe('a bind that cannot be looked at, of a volume whose record cannot be read', { timeout: 60_000 }, () => {
  const bench = agentBench('hidden-bind');

  it('is where the volume is set aside, so that kubelet finds it (invariants 4 and 7)', async () => {
    const volume = localCaVolume('web', '3h');
    const target = bench.targetPath(volume);
    const loop = join(dirname(target), 'loop');
    await bench.start();
    await bench.publish(volume);
    symlinkSync(loop, loop);
    truncateSync(bench.homeOf(volume).record);
    const table = await bench.disk.disk.mountTable();
    // The kernel's own table has no links: this one stands for a path that lstat(2) fails on, as by EIO.
    const hidden = table.map((entry) => (entry.mountPoint === target ? { ...entry, mountPoint: join(loop, 'mount') } : entry));
    const remains = await inspectVolume(bench.homeOf(volume), hidden);
    assert.ok(remains.kind === 'broken', remains.kind);
    assert.equal(remains.targetPath, join(loop, 'mount'));
    unlinkSync(loop);
    await bench.unpublish(volume);
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
