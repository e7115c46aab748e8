import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { cliBench, lives } from './bench.ts';

describe('the processes that kubectl podcert starts', () => {
  const bench = cliBench();

  /** They are killed before the program ends, but init may still have to wait for them. */
  const allGone = async () => {
    const deadlineMs = performance.now() + 10_000;
    const pids = bench.cluster.calls().map(({ pid }) => pid);
    assert.ok(pids.length >= 2, `${pids.length} calls`);
    while (pids.some(lives)) {
      assert.ok(performance.now() < deadlineMs, 'a kubectl lives on');
      await pause(20);
    }
  };

  it('are gone when it has ended', async () => {
    await bench.cluster.run(['list']);
    await allGone();
  });

  it('are gone when kubectl is a script that starts another one', async () => {
    const wrapper = join(bench.folder, 'wrapped-kubectl');
    writeFileSync(wrapper, `#!/bin/sh\nkubectl "$@"\nexit $?\n`, { mode: 0o755 });
    const { status, stderr } = await bench.cluster.run(['list'], { environment: { KUBECTL: wrapper } });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    await allGone();
  });

  it('are gone when a node did not answer in time', async () => {
    bench.cluster.world = { ...bench.cluster.world, ways: { 'podcert-one': { kind: 'hangs' }, 'podcert-two': { kind: 'silent' } } };
    const { status } = await bench.cluster.run(['list', '--node-timeout=8s']);
    assert.equal(status, 4);
    await allGone();
  });

  for (const { name, signals, expected } of [
    { name: 'SIGINT', signals: ['SIGINT'], expected: [130] },
    { name: 'SIGTERM', signals: ['SIGTERM'], expected: [143] },
    { name: 'SIGQUIT', signals: ['SIGQUIT'], expected: [131] },
    // Which of the two it has ended by depends on how far it was.
    { name: 'SIGINT again and again', signals: ['SIGINT', 'SIGINT', 'SIGINT'], expected: [130] },
    { name: 'SIGTERM, then SIGQUIT', signals: ['SIGTERM', 'SIGQUIT'], expected: [143, 131] },
  ] as const) {
    it(`are gone when it is ended by ${name}`, async () => {
      bench.cluster.world = { ...bench.cluster.world, ways: { 'podcert-one': { kind: 'hangs' }, 'podcert-two': { kind: 'hangs' } } };
      const child = bench.cluster.start(['list', '--node-timeout=60s']);
      const deadlineMs = performance.now() + 20_000;
      while (bench.cluster.calls().filter(({ args }) => args[0] === 'port-forward').length < 2) {
        assert.ok(performance.now() < deadlineMs, 'it asks no node');
        await pause(20);
      }
      const ended = once(child, 'exit');
      for (const signal of signals) child.kill(signal);
      const [status] = (await ended) as [(typeof expected)[number] | null];
      assert.ok(status !== null && (expected as readonly number[]).includes(status), `ended with ${status}`);
      await allGone();
    });
  }

  it('hold it up by nobody whom they have started', async () => {
    const pidFile = join(bench.folder, 'grandchild');
    const slow = join(bench.folder, 'slow-kubectl');
    writeFileSync(slow, `#!/bin/sh\nsleep 60 &\necho $! > '${pidFile}.new'\nmv '${pidFile}.new' '${pidFile}'\nwait\n`, { mode: 0o755 });
    const child = bench.cluster.start(['list'], { environment: { KUBECTL: slow } });
    const ended = once(child, 'exit');
    while (!existsSync(pidFile)) await pause(20);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    try {
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [143, null]);
      assert.ok(lives(pid), 'it waited for the grandchild');
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });
});
