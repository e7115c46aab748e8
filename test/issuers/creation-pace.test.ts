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
    const ready = pace.ready(volumeId, () => {}, never).then(() => (isReady = true));
    await clock.advance(29_999);
    assert.equal(isReady, false);
    await clock.advance(1);
    assert.equal(isReady, true);
    await ready;
  });
});
