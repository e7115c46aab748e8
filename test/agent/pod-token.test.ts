import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { agentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { tokensOf } from '../support/pod-tokens.ts';

describe('a mounted volume whose issuer uses the token of the pod', () => {
  const bench = agentBench('pod-token');
  const volume = localCaVolume('web', '3h');
  const withToken = (token: string, lifeMs = DAY_MS): InlineVolume => {
    return { ...volume, secrets: tokensOf(token, new Date(bench.clock.now().getTime() + lifeMs)) };
  };

  before(async () => {
    bench.podTokens = [];
    await bench.start();
    await bench.publish(withToken('first'));
  });

  it('is published again with OK after a restart, and its token was never written (invariants 4, 6 and 8)', async () => {
    assert.doesNotMatch(readFileSync(bench.homeOf(volume).record, 'utf8'), /first|serviceAccount\.tokens/);
    await bench.start();
    await bench.publish(volume);
    assert.deepEqual(bench.podTokens, ['first']);
  });

  it('waits after a restart with its renewal until a republish brings a token, and then goes on at once', async () => {
    await bench.start();
    const { serial } = bench.read(volume);
    const waiting = bench.journal.nth('waiting', 1);
    const renewed = bench.passDue(volume);
    assert.match((await waiting).reason, /no token of the pod's service account has come since the driver started/);
    await bench.publish(volume);
    assert.equal(bench.read(volume).serial, serial);
    assert.deepEqual(bench.journal.all('renewal-failed'), []);
    await bench.publish(withToken('second'));
    assert.equal((await renewed).kind, 'renewed');
    assert.notEqual(bench.read(volume).serial, serial);
    assert.deepEqual(bench.podTokens, ['first', 'second']);
  });

  it('that was set aside is answered with OK whatever token comes, which is told once a reason, and mended by a publish that brings one (invariants 4 and 7)', async () => {
    await bench.disk.disk.removeFile(bench.homeOf(volume).record);
    await bench.start();
    assert.equal(bench.status(volume)?.state, 'broken');
    const { serial } = bench.read(volume);
    const why = () => bench.journal.all('volume-set-aside').map(({ failure }) => failure.code);
    assert.deepEqual(why(), ['state-corrupt']);
    for (let again = 0; again < 3; again += 1) await bench.publish(volume);
    assert.equal(bench.status(volume)?.state, 'broken');
    assert.deepEqual(why(), ['state-corrupt', 'invalid-request'], 'told once');
    for (let again = 0; again < 3; again += 1) {
      await bench.clock.advance(MINUTE_MS);
      await bench.publish(withToken('old', -MINUTE_MS));
    }
    assert.deepEqual(why(), ['state-corrupt', 'invalid-request', 'token-expired'], 'told once for each reason');
    const renewed = bench.nextEnd(volume);
    await bench.publish(withToken('third'));
    assert.equal((await renewed).kind, 'renewed');
    assert.notEqual(bench.read(volume).serial, serial);
  });
});
