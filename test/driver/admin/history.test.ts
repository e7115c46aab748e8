import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { History } from '../../../driver/admin/history.ts';
import { EVENT_KINDS } from '../../../driver/report/event-line.ts';
import type { AgentEvent } from '../../../node-agent/events.ts';
import { parseVolumeId } from '../../../node-agent/volume-id.ts';
import { volumeIdOf } from '../../../demo/kubelet.ts';
import { openDriverBench } from '../../support/driver-bench.ts';

const volumeId = parseVolumeId('csi-1') ?? assert.fail('no id');
const pod = { namespace: 'shop', name: 'web', uid: 'u', serviceAccount: 'default' };
const issuer = { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' };
const at = new Date(1_000);

function failed(message: string, id = volumeId): AgentEvent {
  const failure = { code: 'issuer-unavailable', message } as const;
  return { kind: 'renewal-failed', volumeId: id, pod, issuer, failure, failures: 1, retryAt: at };
}

describe('the history of a volume', () => {
  it('keeps the last twenty things, oldest first, in the words of the log', () => {
    const history = new History(() => at);
    for (let count = 1; count <= 25; count += 1) history.note(failed(`reason ${'x'.repeat(count)}`));
    const told = history.of(volumeId);
    assert.equal(told.length, 20);
    assert.deepEqual(told[0], {
      at: '1970-01-01T00:00:01.000Z',
      kind: 'renewal-failed',
      message: 'Renewal failed and will be tried again; the old certificate stays: reason xxxxxx',
      isTrouble: true,
    });
    assert.match(told.at(-1)?.message ?? '', /: reason x{25}$/);
  });

  it('tells a failure that repeats itself once, with its last words and how often', () => {
    let nowMs = 0;
    const history = new History(() => new Date((nowMs += 1_000)));
    for (const number of [1, 2, 3]) history.note(failed(`request ${number} failed`));
    history.note(failed('something else'));
    assert.deepEqual(
      history.of(volumeId).map(({ at, message }) => [at, message.replace(/.*; /, '')]),
      [
        ['1970-01-01T00:00:03.000Z', 'the old certificate stays (3 times in a row): request 3 failed'],
        ['1970-01-01T00:00:04.000Z', 'the old certificate stays: something else'],
      ],
    );
  });

  it('cuts what an issuer says at 200 characters', () => {
    const history = new History(() => at);
    history.note(failed('x'.repeat(100_000)));
    assert.match(history.of(volumeId)[0]?.message ?? '', /: x{200}…$/);
  });

  for (const end of ['unpublished', 'issuance-abandoned', 'volume-swept'] as const) {
    it(`ends with "${end}"`, () => {
      const history = new History(() => at);
      history.note(failed('no'));
      history.note(end === 'issuance-abandoned' ? { kind: end, volumeId, pod, issuer } : { kind: end, volumeId });
      assert.deepEqual([history.size, history.of(volumeId)], [0, []]);
    });
  }

  it('is that of live volumes and of 64 others at most, whatever is told of volumes that never came to be', () => {
    const live = new Set(['csi-1', 'csi-2']);
    const history = new History(() => at);
    history.follow((id) => live.has(id));
    const ids = fc.integer({ min: 1, max: 400 }).map((number) => parseVolumeId(`csi-${number}`) ?? assert.fail('no id'));
    const events = fc.tuple(ids, fc.constantFrom(...EVENT_KINDS));
    fc.assert(
      fc.property(fc.array(events, { minLength: 300, maxLength: 600 }), (told) => {
        for (const [id, kind] of told) history.note({ ...failed('no', id), kind } as AgentEvent);
        assert.ok(history.size <= 2 * live.size + 64, `${history.size}`);
      }),
      { numRuns: 50 },
    );
    history.note(failed('no'));
    assert.ok(history.of('csi-1').length > 0, 'that of a live volume is still there');
  });

  it('of the whole node has the newest first', () => {
    let nowMs = 0;
    const history = new History(() => new Date((nowMs += 1_000)));
    for (const number of [1, 2, 3]) history.note(failed(`reason ${number}`, parseVolumeId(`csi-${number}`)));
    assert.deepEqual(
      history.latest(2).map(({ volumeId }) => volumeId),
      ['csi-3', 'csi-2'],
    );
  });

  it('of a driver that ran is empty once its volumes are gone, also after publishes that failed (invariant 5)', async (context) => {
    let isDenied = true;
    const decide = () => (isDenied ? ({ kind: 'deny', message: 'no' } as const) : ({ kind: 'sign' } as const));
    const bench = await openDriverBench(context, { cluster: { decide }, localCa: 'none' });
    const web = bench.volume('web', { 'not-known': 'x' });
    await assert.rejects(bench.kubelet.publish(web), /no/);
    assert.deepEqual(await bench.remains(), []);
    isDenied = false;
    const db = bench.volume('db');
    await bench.kubelet.publish(db);
    assert.ok((await bench.remains()).includes('1 histories'), volumeIdOf(db));
    await bench.kubelet.unpublish(db);
    assert.deepEqual(await bench.remains(), []);
  });
});
