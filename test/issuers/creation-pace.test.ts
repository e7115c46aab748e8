import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { CreationPace } from '../../node-agent/issuers/cert-manager/creation-pace.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('the pace of requests', () => {
  const never = new AbortController().signal;

  it('holds a volume back for 30 s, and no longer where the clock is set back meanwhile', async () => {
    const clock = new ManualClock();
    const pace = new CreationPace(clock);
    const volumeId = parseVolumeId('csi-1')!;
    pace.slow(volumeId, clock.now(), 'it was denied');
    await clock.jump(-HOUR_MS);
    let isReady = false;
    const ready = pace.ready({ volumeId }, () => {}, never).then(() => (isReady = true));
    await clock.advance(29_999);
    assert.equal(isReady, false);
    await clock.advance(1);
    assert.equal(isReady, true);
    await ready;
  });

  for (const { name, leftMs, paceMs } of [
    { name: 'a quarter of what is left of a certificate that ends in a minute', leftMs: 60_000, paceMs: 15_000 },
    { name: '30 s where an hour is left of the certificate', leftMs: HOUR_MS, paceMs: 30_000 },
    { name: '30 s where the certificate has ended', leftMs: -1, paceMs: 30_000 },
  ]) {
    it(`holds a renewal back for ${name}`, async () => {
      const clock = new ManualClock();
      const pace = new CreationPace(clock);
      const order = { volumeId: parseVolumeId('csi-1')!, oldNotAfterAt: new Date(clock.now().getTime() + leftMs) };
      pace.slow(order.volumeId, clock.now(), 'it was denied');
      const told: string[] = [];
      const startedMs = clock.now().getTime();
      const ready = pace.ready(order, (reason) => told.push(reason), never).then(() => clock.now().getTime() - startedMs);
      await clock.advance(30_000);
      assert.equal(await ready, paceMs);
      assert.deepEqual(told, [`it was denied; the next request is made ${paceMs / 1_000} s after that one`]);
    });
  }
});
