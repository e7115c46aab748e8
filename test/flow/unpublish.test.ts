import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { volumeIdOf } from '../../demo/kubelet.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import { Gate, gatedDisk } from '../support/gate.ts';
import type { Verdict } from '../support/signer.ts';

/** Moves the clock to the instant at which the only volume is to be renewed. */
async function untilDue(bench: DriverBench): Promise<void> {
  const { renewAt } = await bench.journal.nth('published', 1);
  await bench.clock.jump(renewAt.getTime() - bench.clock.now().getTime());
}

describe('unpublish', () => {
  it('ends an issuance, tells its caller so, and answers only when nothing is left, not even the request (invariant 5)', async (context) => {
    const bench = await openDriverBench(context, { cluster: { decide: () => ({ kind: 'ignore' }) } });
    const web = bench.volume('web');
    const isTold = assert.rejects(bench.kubelet.publish(web), { code: status.ABORTED, details: /is being unpublished/ });
    await bench.journal.nth('request-created', 1);
    const [atDeletion, deletion] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    bench.cluster.proxy.faultOf = ({ verb }) => {
      if (verb !== 'delete') return undefined;
      atDeletion.resolve();
      return { kind: 'slow', until: deletion.promise };
    };
    const unpublished = bench.kubelet.unpublish(web);
    await atDeletion.promise;
    await assert.rejects(bench.kubelet.publish(web), { code: status.ABORTED, details: /it is being unpublished/ });
    // The whole life of another volume passes meanwhile.
    const other = bench.volume('other', { 'issuer-group': 'podcert.io', 'issuer-kind': 'LocalCA' });
    await bench.kubelet.publish(other);
    await bench.kubelet.unpublish(other);
    assert.deepEqual(
      bench.journal.all('unpublished').map(({ volumeId }) => volumeId),
      [volumeIdOf(other)],
    );
    deletion.resolve();
    await unpublished;
    await isTold;
    assert.deepEqual(await bench.cluster.requests(), []);
    assert.deepEqual(await bench.remains(), []);
  });

  it('ends a renewal that waits for its issuer, and leaves neither files nor a pending request (invariant 5)', async (context) => {
    const verdicts: Verdict[] = [{ kind: 'sign' }];
    const bench = await openDriverBench(context, { cluster: { decide: () => verdicts.shift() ?? { kind: 'ignore' } } });
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    await untilDue(bench);
    await bench.journal.nth('request-created', 2);
    await bench.kubelet.unpublish(web);
    assert.deepEqual(await bench.remains(), []);
    assert.deepEqual(bench.journal.all('renewal-failed'), []);
  });

  it('waits for a rotation whose disk steps have begun, and leaves nothing of it (invariant 5)', async (context) => {
    const gate = new Gate();
    const bench = await openDriverBench(context, { disk: (disk) => gatedDisk(disk, 'rename', gate), release: () => gate.open() });
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    const atRename = gate.shut();
    await untilDue(bench);
    await atRename;
    const unpublished = bench.kubelet.unpublish(web);
    await bench.kubelet.probe();
    gate.open();
    await unpublished;
    assert.deepEqual(await bench.remains(), []);
    await bench.clock.advance(MINUTE_MS);
    assert.equal(bench.clock.sleeping, 0, 'a timer is left');
  });

  it('answers a publish meanwhile with ABORTED, and a second unpublish when all is gone (invariant 3)', async (context) => {
    const gate = new Gate();
    const bench = await openDriverBench(context, { disk: (disk) => gatedDisk(disk, 'removeDirectory', gate), release: () => gate.open() });
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    const atRemoval = gate.shut();
    const unpublished = bench.kubelet.unpublish(web);
    await atRemoval;
    await assert.rejects(bench.kubelet.publish(web), { code: status.ABORTED, details: /it is being unpublished/ });
    const again = bench.kubelet.unpublish(web);
    await bench.kubelet.probe();
    gate.open();
    await Promise.all([unpublished, again]);
    assert.deepEqual(await bench.remains(), []);
    await bench.kubelet.publish(web);
  });

  it('goes on when its caller gives up, and ends nobody else when it fails then (invariant 7)', async (context) => {
    const gate = new Gate();
    let isBroken = true;
    const bench = await openDriverBench(context, {
      release: () => gate.open(),
      disk: (disk) => {
        const gated = gatedDisk(disk, 'removeDirectory', gate);
        return {
          ...gated,
          async removeDirectory(path) {
            await gated.removeDirectory(path);
            if (isBroken) throw new AgentError('disk-failed', `Cannot remove the directory ${JSON.stringify(path)}: EBUSY`);
          },
        };
      },
    });
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    const atRemoval = gate.shut();
    const caller = new AbortController();
    const unpublished = assert.rejects(bench.kubelet.unpublish(web, caller.signal), { message: 'gone' });
    await atRemoval;
    caller.abort(new Error('gone'));
    await unpublished;
    await bench.log.untilLogged(/"method":"NodeUnpublishVolume".*"code":"ABORTED"/);
    gate.open();
    await assert.rejects(bench.kubelet.unpublish(web), { code: status.INTERNAL, details: /EBUSY/ });
    isBroken = false;
    await bench.kubelet.unpublish(web);
    assert.deepEqual(await bench.remains(), []);
  });

  for (const { name, prepare } of [
    { name: 'a volume that nobody knows and whose target is missing', prepare: () => {} },
    { name: 'a target that is no mount', prepare: (target: string) => void mkdirSync(target, { recursive: true }) },
  ]) {
    it(`answers OK for ${name}, and leaves nothing there`, async (context) => {
      const bench = await openDriverBench(context);
      const web = bench.volume('web');
      prepare(bench.kubelet.targetPath(web));
      await bench.kubelet.unpublish(web);
      await bench.kubelet.unpublish(web);
      assert.deepEqual(await bench.remains(), []);
    });
  }

  it("answers OK the second time, and for a target in which somebody else's things lie, which it leaves alone", async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    await bench.kubelet.unpublish(web);
    await bench.kubelet.unpublish(web);
    const target = bench.kubelet.targetPath(web);
    mkdirSync(target);
    writeFileSync(join(target, 'theirs'), 'x');
    await bench.kubelet.unpublish(web);
    assert.deepEqual(readdirSync(target), ['theirs']);
  });

  it('answers OK for a target that is a file or a link, and leaves it alone', async (context) => {
    const bench = await openDriverBench(context);
    const [file, link] = [bench.volume('file'), bench.volume('link')].map((volume) => ({
      volume,
      target: bench.kubelet.targetPath(volume),
    }));
    assert.ok(file && link);
    for (const { target } of [file, link]) mkdirSync(dirname(target), { recursive: true });
    writeFileSync(file.target, 'theirs');
    symlinkSync(dirname(file.target), link.target);
    for (const { volume } of [file, link]) await bench.kubelet.unpublish(volume);
    assert.equal(readFileSync(join(link.target, 'mount'), 'utf8'), 'theirs');
  });
});
