import assert from 'node:assert/strict';
import { rmSync, truncateSync } from 'node:fs';
import { describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import type { Health } from '../../node-agent/ports.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { agentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

describe('the health of a volume that a start found', { timeout: 60_000 }, () => {
  const bench = agentBench('health');
  const healthOf = (volume: InlineVolume): Health => bench.agent.health(volumeIdOf(volume));
  const statsOf = (volume: InlineVolume) => bench.agent.stats(volumeIdOf(volume), bench.targetPath(volume));

  it('tells why the volume is broken, until it is mended', async () => {
    const volume = localCaVolume('broken', '3h');
    await bench.start();
    await bench.publish(volume);
    await bench.close();
    truncateSync(bench.homeOf(volume).record);
    await bench.start();
    assert.equal(reasonOf(healthOf(volume)), 'degraded StateUnusable');
    assert.match(healthOf(volume).message, /delete the pod .*it is no JSON/);
    const stats = await statsOf(volume);
    assert.ok(stats.bytes.used > 0);
    assert.deepEqual(stats.health, healthOf(volume));
    const mended = bench.nextEnd(volume);
    await bench.publish(volume);
    assert.notEqual(reasonOf(healthOf(volume)), 'degraded StateUnusable', 'it is being mended');
    await mended;
    assert.equal(reasonOf(healthOf(volume)), 'healthy');
    await bench.unpublish(volume);
  });

  it('tells why a volume that is mounted has no certificate yet', async () => {
    const volume = localCaVolume('empty', '3h');
    await bench.publish(volume);
    await bench.close();
    rmSync(bench.homeOf(volume).data);
    bench.issuerFailure = new AgentError('issuer-unavailable', 'Nobody is at home');
    await bench.start();
    const failed = await bench.journal.nth('renewal-failed', 1);
    assert.equal(reasonOf(healthOf(volume)), 'degraded CertificatePending');
    assert.match(healthOf(volume).message, /Nobody is at home/);
    assert.equal(reasonOf((await statsOf(volume)).health), 'degraded CertificatePending');
    bench.issuerFailure = undefined;
    const ended = bench.nextEnd(volume);
    await bench.clock.advance(failed.retryAt.getTime() - bench.clock.now().getTime());
    assert.equal((await ended).kind, 'published');
    assert.equal(reasonOf(healthOf(volume)), 'healthy');
    await bench.unpublish(volume);
  });

  it('is told of a volume whose own tmpfs is gone; its size is not', async () => {
    const volume = localCaVolume('no-tmpfs', '3h');
    await bench.publish(volume);
    unmount(bench.homeOf(volume).directory);
    await assert.rejects(statsOf(volume), { code: 'volume-unknown' });
    const failed = bench.nextEnd(volume);
    await bench.clock.advance(MINUTE_MS);
    assert.equal((await failed).kind, 'renewal-failed');
    assert.equal(reasonOf(healthOf(volume)), 'degraded StateUnusable');
    await bench.start();
    assert.equal(reasonOf(healthOf(volume)), 'degraded StateUnusable');
    await assert.rejects(statsOf(volume), { code: 'volume-unknown' });
    await bench.unpublish(volume);
  });
});

function reasonOf(health: Health): string {
  return health.kind === 'healthy' ? health.kind : `${health.kind} ${health.reason}`;
}
