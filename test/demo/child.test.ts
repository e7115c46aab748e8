import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { CheckFailed } from '../../demo/check.ts';
import { Child } from '../../demo/child.ts';

function run(code: string): Child<unknown> {
  const child = spawn(process.execPath, ['--eval', code], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const watched = new Child<unknown>('the program', child);
  child.on('message', (message) => watched.feed.push(message));
  return watched;
}

const greeting = { what: 'a greeting', pick: (message: unknown) => (message === 'hello' ? message : undefined), withinMs: 20_000 };

describe('a process of the demo', () => {
  it('is running until it is stopped, and says how it ended', async () => {
    const child = run(`process.on('SIGTERM', () => process.exit(3)); process.send('hello'); setInterval(() => {}, 1000);`);
    await child.feed.expect(greeting);
    assert.equal(child.isRunning, true);
    assert.equal(await child.stop('SIGTERM'), 3);
    assert.equal(child.isRunning, false);
    assert.equal(await child.stop('SIGKILL'), 3);
  });

  it('says which signal ended it', async () => {
    const child = run(`process.send('hello'); setInterval(() => {}, 1000);`);
    await child.feed.expect(greeting);
    assert.equal(await child.stop('SIGKILL'), 'SIGKILL');
  });

  it('tells those who wait for it that it has ended', async () => {
    await assert.rejects(
      run('process.exit(4)').feed.expect(greeting),
      new CheckFailed('a greeting did not come: the program ended with 4'),
    );
  });

  it('tells them that it cannot be started', async () => {
    const child = new Child<unknown>('the program', spawn('/nonexistent'));
    await assert.rejects(child.feed.expect(greeting), /the program cannot be started: spawn \/nonexistent ENOENT/);
    assert.equal(child.isRunning, false);
    assert.throws(() => child.pid, new CheckFailed('the program cannot be started'));
  });
});
