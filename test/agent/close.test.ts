import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import type { Disk } from '../../node-agent/ports.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { agentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

describe('the end of the agent', { timeout: 60_000 }, () => {
  const bench = agentBench('close');

  it('awaits the removal of a volume that it does not know, and only then lets go of the data root (invariant 5)', async () => {
    const volume = localCaVolume('unknown', '3h');
    await bench.start();
    const { directory } = bench.homeOf(volume);
    mkdirSync(directory);
    for (const name of ['tls.key', 'tls.crt', 'ca.crt']) writeFileSync(join(directory, name), name);
    const order: string[] = [];
    let closed: Promise<void> | undefined;
    const strike = () => {
      order.push('removed');
      closed ??= bench.close().then(() => void order.push('closed'));
    };
    bench.disk.arm({ at: 1, moment: 'after', lasts: true, strike });
    await bench.unpublish(volume);
    await closed;
    bench.disk.arm();
    assert.ok(order.length > 4, 'the agent was closed before the removal ended');
    assert.deepEqual(order.indexOf('closed'), order.length - 1);
  });

  it('asks for no certificate any more, though a look under way finds that nothing else can help (invariant 6)', async () => {
    const volume = localCaVolume('web', '720h');
    await bench.start();
    await bench.publish(volume);
    const asked = await bench.orders();
    const { directory, state } = bench.homeOf(volume);
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
    rmSync(state, { recursive: true });
    let closed: Promise<void> | undefined;
    bench.disk.arm({ at: 1, moment: 'before', strike: () => void (closed = bench.close()) });
    const lost = bench.journal.nth('files-lost', 1);
    await bench.clock.advance(MINUTE_MS);
    await lost;
    await closed;
    bench.disk.arm();
    assert.equal(await bench.orders(), asked);
    await bench.start();
    await bench.unpublish(volume);
  });

  it('looks at no volume any more once the state of all had to be mounted again', async () => {
    const volume = localCaVolume('late', '720h');
    await bench.start();
    await bench.publish(volume);
    unmount(bench.home.state);
    let closed: Promise<void> | undefined;
    const strike = (operation: keyof Disk) => void (operation === 'mountTmpfs' && (closed ??= bench.close()));
    bench.disk.arm({ at: 1, moment: 'after', lasts: true, strike });
    await bench.clock.advance(MINUTE_MS);
    await bench.journal.nth('state-remounted', 1);
    await closed;
    assert.deepEqual(
      bench.disk.operations.map(({ name }) => name),
      ['mountTmpfs'],
    );
    bench.disk.arm();
    await bench.start();
    await bench.unpublish(volume);
  });
});
