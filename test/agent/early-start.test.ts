import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import type { Disk } from '../../node-agent/ports.ts';
import { agentBench } from '../support/agent-bench.ts';
import { failLikely } from '../support/disk-failure.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';
import { WITHOUT_IP, WITH_IPS } from '../support/told-pods.ts';
import { mountIdAt } from '../support/volume-facts.ts';

/** A volume that waits for the IP of its pod. */
function waitingVolume(pod: string): InlineVolume {
  const volume = localCaVolume(pod, '3h');
  return { ...volume, attributes: { ...volume.attributes, 'podcert.io/wait-for': 'pod-ip', 'csi.cert-manager.io/ip-sans': '$POD_IPS' } };
}

describe('a volume whose pod starts first', () => {
  const bench = agentBench('early-start');
  let baseline: readonly string[] = [];

  before(async () => {
    await bench.start();
    baseline = bench.traces(localCaVolume('none', '3h'));
  });

  beforeEach(() => bench.pods.tell({ facts: WITHOUT_IP }));
  afterEach(() => {
    bench.gates = [];
    bench.issuerFailure = undefined;
  });

  function published(volume: InlineVolume): Promise<AgentEvent> {
    return bench.journal.next((event) => event.kind === 'published' && event.volumeId === volumeIdOf(volume));
  }

  function namesIn(volume: InlineVolume): string | undefined {
    return new X509Certificate(readFileSync(join(bench.targetPath(volume), 'tls.crt'))).subjectAltName;
  }

  /** @returns the mount, which must be there and hold nothing. */
  function assertEmpty(volume: InlineVolume): string {
    const mountId = mountIdAt(bench.targetPath(volume));
    assert.ok(mountId !== undefined, 'it is not mounted');
    assert.deepEqual(readdirSync(bench.targetPath(volume)), []);
    return mountId;
  }

  async function assertGone(volume: InlineVolume): Promise<void> {
    await bench.unpublish(volume);
    assert.deepEqual(bench.traces(volume), baseline);
  }

  it('is mounted empty at once, asks for nothing yet, and gets its files in one swap (invariant 1)', async () => {
    const volume = waitingVolume('web');
    const orders = await bench.orders();
    await bench.publish(volume);
    const mountId = assertEmpty(volume);
    assert.equal(bench.status(volume)?.state, 'mounted');
    assert.match(bench.status(volume)?.waiting?.reason ?? '', /the pod has no IP address yet/);
    assert.equal(await bench.orders(), orders);
    const event = published(volume);
    bench.pods.tell({ facts: WITH_IPS });
    await event;
    assert.equal(bench.read(volume).mountId, mountId);
    assert.equal(namesIn(volume), 'DNS:web.example, IP Address:10.0.0.7, IP Address:2001:DB8:0:0:0:0:0:7');
    await assertGone(volume);
  });

  it('does not start first where its pod has what it waits for (invariant 1)', async () => {
    const volume = waitingVolume('ready');
    bench.pods.tell({ facts: WITH_IPS });
    await bench.publish(volume);
    bench.read(volume);
    await assertGone(volume);
  });

  it('waits for the word of the API before it starts first, but not for an API that is down', async () => {
    const [unseen, down] = [waitingVolume('unseen'), waitingVolume('down')];
    bench.pods.tell({});
    const publish = bench.publish(unseen);
    await bench.journal.next(({ kind }) => kind === 'waiting');
    // Another volume came and went, and this one would have been bound meanwhile.
    await bench.orders();
    assert.equal(mountIdAt(bench.targetPath(unseen)), undefined);
    bench.pods.tell({ failure: { code: 'issuer-unavailable', message: 'The API is down' } });
    await publish;
    assertEmpty(unseen);
    await bench.publish(down);
    assertEmpty(down);
    for (const volume of [unseen, down]) await bench.unpublish(volume);
    assert.deepEqual(bench.traces(down), baseline);
  });

  for (const { name, sight, reason } of [
    {
      name: 'the API does not have',
      sight: { isMissing: true },
      reason: /no such pod "default\/missing".*it is gone, or was made a moment ago/,
    },
    { name: 'is on a node where the API has none at all', sight: { isNobodyThere: true }, reason: /the API has no pod at all .*--node-id/ },
  ] as const) {
    it(`says of a pod that ${name} what is the matter, and goes on once it is told of`, async () => {
      const volume = waitingVolume('missing');
      bench.pods.tell(sight);
      const waits = bench.journal.next(({ kind }) => kind === 'waiting');
      const publish = bench.publish(volume);
      await waits;
      assert.match(bench.status(volume)?.waiting?.reason ?? '', reason);
      assert.equal(mountIdAt(bench.targetPath(volume)), undefined);
      bench.pods.tell({ facts: WITH_IPS });
      await publish;
      bench.read(volume);
      await assertGone(volume);
    });
  }

  it('is published again with OK and nothing else while it waits (invariant 3)', async () => {
    const volume = waitingVolume('again');
    await bench.publish(volume);
    const mountId = assertEmpty(volume);
    await bench.publish(volume);
    assert.equal(assertEmpty(volume), mountId);
    const orders = await bench.orders();
    const event = published(volume);
    bench.pods.tell({ facts: WITH_IPS });
    await event;
    assert.equal(await bench.orders(), orders + 1);
    await assertGone(volume);
  });

  it('goes on waiting after a restart, and is never unmounted meanwhile (invariants 4 and 6)', async () => {
    const volume = waitingVolume('restart');
    await bench.publish(volume);
    const mountId = assertEmpty(volume);
    await bench.start();
    assert.equal(assertEmpty(volume), mountId);
    assert.equal(bench.status(volume)?.state, 'mounted');
    const event = bench.nextEnd(volume);
    bench.pods.tell({ facts: WITH_IPS });
    assert.equal((await event).kind, 'published', 'a first certificate is no renewal');
    assert.equal(bench.read(volume).mountId, mountId);
    await assertGone(volume);
  });

  it('leaves nothing when it is unpublished while it waits, and asks for nothing any more (invariant 5)', async () => {
    const volume = waitingVolume('gone');
    const orders = await bench.orders();
    await bench.publish(volume);
    await assertGone(volume);
    assert.equal(bench.status(volume), undefined);
    bench.pods.tell({ facts: WITH_IPS });
    assert.equal(await bench.orders(), orders);
    assert.deepEqual(bench.traces(volume), baseline);
  });

  it('keeps its empty mount when the issuer fails, and tries again after a back-off (invariant 4)', async () => {
    const volume = waitingVolume('failing');
    await bench.publish(volume);
    const mountId = assertEmpty(volume);
    bench.issuerFailure = new AgentError('issuer-unavailable', 'The issuer is down');
    const failed = bench.nextEnd(volume);
    bench.pods.tell({ facts: WITH_IPS });
    assert.equal((await failed).kind, 'renewal-failed');
    assert.equal(assertEmpty(volume), mountId);
    bench.issuerFailure = undefined;
    const event = published(volume);
    const { renewAt } = bench.status(volume) ?? {};
    assert.ok(renewAt !== undefined, 'no attempt is planned');
    await bench.clock.advance(renewAt.getTime() - bench.clock.now().getTime());
    await event;
    assert.equal(bench.read(volume).mountId, mountId);
    await assertGone(volume);
  });

  it('is not forgotten when it is abandoned just as it is bound (invariants 1 and 4)', async () => {
    const volume = waitingVolume('abandoned');
    bench.pods.tell({});
    await assert.rejects(bench.publish(volume, AbortSignal.abort()), { code: 'issuance-pending' });
    const abandoned = bench.journal.nth('issuance-abandoned', 1);
    bench.disk.arm({ at: 1, moment: 'before', strike: () => bench.clock.advance(10 * MINUTE_MS) });
    bench.pods.tell({ facts: WITHOUT_IP });
    await abandoned;
    bench.disk.arm();
    // Answered once the disk steps under way are over.
    await bench.publish(volume);
    assertEmpty(volume);
    const event = published(volume);
    bench.pods.tell({ facts: WITH_IPS });
    const { renewAt } = bench.status(volume) ?? {};
    if (renewAt !== undefined) await bench.clock.advance(renewAt.getTime() - bench.clock.now().getTime());
    await event;
    await assertGone(volume);
  });

  it('has no timer left of a call that gave up before it was bound (invariant 9)', async () => {
    const [left, stayed] = [waitingVolume('left'), waitingVolume('stayed')];
    bench.pods.tell({ facts: WITHOUT_IP });
    const none = bench.timers;
    await bench.publish(stayed);
    const usual = bench.timers - none;
    bench.pods.tell({});
    await assert.rejects(bench.publish(left, AbortSignal.abort()), { code: 'issuance-pending' });
    const bound = Promise.withResolvers<void>();
    const strike = (operation: keyof Disk) => (operation === 'bindReadOnly' ? bound.resolve() : undefined);
    bench.disk.arm({ at: 1, moment: 'after', lasts: true, strike });
    bench.pods.tell({ facts: WITHOUT_IP });
    await bound.promise;
    bench.disk.arm();
    // Answered once the disk steps under way are over.
    await bench.agent.stats(volumeIdOf(left), bench.targetPath(left));
    // One timer, which counts once, has all volumes looked at.
    assert.equal(bench.timers - none, 2 * usual - 1);
    for (const volume of [left, stayed]) await bench.unpublish(volume);
    assert.equal(bench.timers, none);
    assert.deepEqual(bench.traces(left), baseline);
  });

  for (const moment of ['before', 'after'] as const) {
    it(`leaves nothing and succeeds when it is repeated, whichever disk operation of its start fails, ${moment} it is done (invariant 5)`, async () => {
      const failures = await sweep(async (at) => {
        const volume = waitingVolume(`disk-${moment}-${at}`);
        bench.disk.arm({ at, moment, lasts: false, strike: failLikely });
        const failed = await bench.publish(volume).then(
          () => false,
          () => true,
        );
        bench.disk.arm();
        if (failed) {
          assert.deepEqual(bench.traces(volume), baseline);
          await bench.publish(volume);
        }
        assertEmpty(volume);
        await assertGone(volume);
        return failed;
      });
      assert.ok(failures >= 7, `failed at only ${failures} operations`);
    });
  }

  it('is any volume of a node with a gate that the pod does not meet, at each renewal too', async () => {
    bench.gates = [{ kind: 'pod-condition', type: 'Initialized', status: 'True' }];
    await bench.start();
    const volume = localCaVolume('gated', '3h');
    await bench.publish(volume);
    assertEmpty(volume);
    const event = published(volume);
    const met = { facts: { ...WITHOUT_IP, conditions: [{ type: 'Initialized', status: 'True' }] } };
    bench.pods.tell(met);
    await event;
    const first = bench.read(volume);
    bench.pods.tell({ facts: WITHOUT_IP });
    const { renewAt } = bench.status(volume) ?? {};
    assert.ok(renewAt !== undefined);
    const waits = bench.journal.next(({ kind }) => kind === 'waiting');
    await bench.clock.advance(renewAt.getTime() - bench.clock.now().getTime());
    await waits;
    assert.deepEqual(bench.read(volume), first);
    const renewed = bench.nextEnd(volume);
    bench.pods.tell(met);
    assert.equal((await renewed).kind, 'renewed');
    await assertGone(volume);
  });
});
