import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call } from '../../node-agent/kubernetes/transport.ts';

describe('a call to the API server', () => {
  it('ends with its signal while an exec plugin hangs', async () => {
    const hanging = { server: new URL('https://127.0.0.1:1'), credentials: () => new Promise<never>(() => {}), close: () => {} };
    const deadline = new AbortController();
    const called = call(hanging, { method: 'GET', path: '/api' }, deadline.signal);
    deadline.abort(new Error('too late'));
    await assert.rejects(called, /too late/);
  });
});
