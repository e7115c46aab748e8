import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { agentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

describe('a volume whose renewal came an hour late', () => {
  const bench = agentBench('late-renewal');
  const volume = localCaVolume('web', '24h');

  const dueMs = (): number => {
    const at = bench.status(volume)?.renewAt;
    assert.ok(at !== undefined);
    return at.getTime();
  };

  it('is due again when it would have been, also after a restart of the driver', async () => {
    await bench.start();
    await bench.publish(volume);
    for (let renewals = 1; renewals <= 2; renewals += 1) assert.equal((await bench.passDue(volume)).kind, 'renewed');
    const plannedMs = dueMs();
    bench.issuerFailure = new AgentError('issuer-unavailable', 'The issuer is down');
    while (bench.clock.now().getTime() < plannedMs + HOUR_MS) assert.equal((await bench.passDue(volume)).kind, 'renewal-failed');
    bench.issuerFailure = undefined;
    const renewed = await bench.passDue(volume);
    assert.equal(renewed.kind, 'renewed');
    assert.equal('lateMs' in renewed && renewed.lateMs, bench.clock.now().getTime() - plannedMs);
    const nextMs = dueMs();
    // Certificates end at a whole second, so that their lifetimes differ by less than that.
    assert.ok(Math.abs(nextMs - (plannedMs + 16 * HOUR_MS)) < 2_000, `due ${(nextMs - plannedMs) / HOUR_MS} h after the last time`);
    await bench.start();
    assert.equal(dueMs(), nextMs);
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
    assert.ok(Math.abs(dueMs() - (nextMs + 16 * HOUR_MS)) < 2_000, 'made up for once');
    await bench.unpublish(volume);
  });
});
