import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { waitUntilAborted } from '../node-agent/wait.ts';

const gaveUp = (reason: unknown) => new Error(`gave up: ${String(reason)}`);

describe('waiting', () => {
  it('ends with what it waits for', async () => {
    const signal = new AbortController().signal;
    assert.equal(await waitUntilAborted(Promise.resolve('done'), signal, gaveUp), 'done');
    await assert.rejects(waitUntilAborted(Promise.reject(new Error('failed')), signal, gaveUp), { message: 'failed' });
  });

  it('ends when the signal does', async () => {
    const caller = new AbortController();
    const waited = waitUntilAborted(new Promise(() => {}), caller.signal, gaveUp);
    caller.abort('enough');
    await assert.rejects(waited, { message: 'gave up: enough' });
  });

  it('never lets a failure that comes after the caller has gone end the process (invariant 7)', async () => {
    const module = JSON.stringify(new URL('../node-agent/wait.ts', import.meta.url).href);
    const program = `
      const { waitUntilAborted } = await import(${module});
      const late = Promise.withResolvers();
      await waitUntilAborted(late.promise, AbortSignal.abort('gone'), () => new Error('gave up')).catch(() => {});
      late.reject(new Error('too late for anybody'));`;
    // An unhandled rejection is an error of the worker, and would end a process.
    const worker = new Worker(program, { eval: true });
    const [code] = await once(worker, 'exit');
    assert.equal(code, 0);
  });
});
