import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_REMOUNT, mount, unmount } from '../../node-agent/volume/kernel.ts';
import { agentBench } from '../support/agent-bench.ts';
import { failLikely } from '../support/disk-failure.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { treeOf } from '../support/volume-facts.ts';

/** Leaves no room on a tmpfs until the test ends. */
function fill(path: string, context: TestContext): () => void {
  const { bsize, blocks, bfree } = statfsSync(path);
  const resize = (size: number) => mount('none', path, null, MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC, `size=${size}`);
  const empty = () => resize(bsize * blocks);
  resize(bsize * (blocks - bfree));
  context.after(empty);
  return empty;
}

describe('a mounted volume', () => {
  const bench = agentBench('outage');
  const volume = localCaVolume('web', '3h');

  before(async () => {
    await bench.start();
    await bench.publish(volume);
  });

  /** Publishes again, with and without a restart before it; nothing may change. */
  async function assertRepublished(): Promise<void> {
    for (const restarts of [false, true]) {
      if (restarts) await bench.start();
      const [facts, files] = [bench.read(volume), treeOf(bench.targetPath(volume))];
      const due = bench.status(volume)?.renewAt;
      await bench.publish(volume);
      assert.deepEqual([bench.read(volume), treeOf(bench.targetPath(volume))], [facts, files]);
      // A renewal under way would be planned for no instant.
      assert.deepEqual(bench.status(volume)?.renewAt, due);
    }
  }

  it('is published again with OK, as it was and without a new certificate, while nothing is wrong (invariants 3 and 4)', async () => {
    const orders = await bench.orders();
    await assertRepublished();
    assert.equal(await bench.orders(), orders);
  });

  it('is published again with OK and as it was while the issuer is down, also when its renewal fails (invariant 4)', async (context) => {
    bench.issuerFailure = new AgentError('issuer-unavailable', 'The issuer is down');
    context.after(() => (bench.issuerFailure = undefined));
    await assertRepublished();
    const { serial } = bench.read(volume);
    assert.equal((await bench.passDue(volume)).kind, 'renewal-failed');
    await assertRepublished();
    assert.equal(bench.read(volume).serial, serial);
    bench.issuerFailure = undefined;
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
  });

  it('is published again with OK and as it was while every operation of the disk fails (invariant 4)', async (context) => {
    context.after(() => bench.disk.arm());
    bench.disk.arm({ at: 1, moment: 'before', lasts: true, strike: failLikely });
    const facts = bench.read(volume);
    await bench.publish(volume);
    assert.deepEqual(bench.read(volume), facts);
  });

  for (const [name, pathOf] of [
    ['its own tmpfs', () => bench.homeOf(volume).directory],
    ['the state tmpfs', () => bench.home.state],
  ] as const) {
    it(`is published again with OK and keeps its set while ${name} is full, and is renewed once it is not (invariants 2 and 4)`, async (context) => {
      const empty = fill(pathOf(), context);
      await assertRepublished();
      const facts = bench.read(volume);
      const failed = await bench.passDue(volume);
      assert.ok(failed.kind === 'renewal-failed' && failed.failure.code === 'disk-full', JSON.stringify(failed));
      assert.deepEqual(bench.read(volume), facts);
      await assertRepublished();
      empty();
      assert.equal((await bench.passDue(volume)).kind, 'renewed');
      assert.notEqual(bench.read(volume).serial, facts.serial);
    });
  }

  it('is bound again by the next publish where somebody unmounted it, with the files it had (invariants 1 and 4)', async () => {
    const { root, set, serial } = bench.read(volume);
    unmount(bench.targetPath(volume));
    await bench.publish(volume);
    const again = bench.read(volume);
    assert.deepEqual([again.root, again.set, again.serial], [root, set, serial]);
    assert.equal(bench.journal.all('bind-restored').length, 1);
  });

  it('is unmounted by nothing but unpublish (invariant 4)', async () => {
    const { mountId } = bench.read(volume);
    // Unpublishes of others, of the same target by a volume that is not there, and ends and starts of the agent.
    await bench.unpublish(localCaVolume('nobody', '3h'));
    await assert.rejects(bench.agent.unpublish('csi-other', bench.targetPath(volume), new AbortController().signal), {
      code: 'target-differs',
    });
    await bench.agent.unpublish(volumeIdOf(volume), `${bench.targetPath(volume)}-elsewhere`, new AbortController().signal);
    await bench.close();
    await bench.start();
    assert.equal(bench.read(volume).mountId, mountId);
    await bench.unpublish(volume);
    assert.equal(bench.look(volume), undefined);
  });
});
