import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS } from '../../node-agent/clock.ts';
import type { Issuer } from '../../node-agent/ports.ts';
import { PodToken } from '../../node-agent/volume/pod-token.ts';
import { accepted, publishRequest } from '../spec/publish-request.ts';
import { Reasons } from '../support/issuer-bench.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { TOKENS_KEY, tokensOf } from '../support/pod-tokens.ts';

const spec = accepted();
const never = new AbortController().signal;

/** The memory of one volume, whose issuer uses tokens or does not. */
function memory(usesPodToken: boolean) {
  const clock = new ManualClock();
  const issuer: Issuer = { usesPodToken, issue: () => assert.fail('nothing is issued here') };
  const podToken = new PodToken({ clock, issuers: { find: () => ({ kind: 'found', issuer }), start: () => {} } });
  const expiresAt = new Date(clock.now().getTime() + HOUR_MS);
  const keep = (attributes: Record<string, string>) => podToken.keep(publishRequest(attributes), spec);
  return { clock, podToken, expiresAt, keep, reasons: new Reasons() };
}

describe("the memory of a volume's token", () => {
  it('has the last one that came, and keeps it when a publish brings none that can be read', async () => {
    const { podToken, keep, expiresAt, reasons } = memory(true);
    keep(tokensOf('first', expiresAt));
    keep(tokensOf('second', expiresAt));
    for (const attributes of [{}, { [TOKENS_KEY]: '{' }]) keep(attributes);
    assert.equal(await podToken.read(reasons.tell, never), 'second');
    assert.deepEqual(reasons.all, []);
  });

  it('waits for one where none has come, tells so, and goes on as soon as one does', async () => {
    const { podToken, keep, expiresAt, reasons } = memory(true);
    const read = podToken.read(reasons.tell, never);
    await reasons.said(/^no token of the pod's service account has come since the driver started; .*requiresRepublish/);
    keep({});
    keep(tokensOf('first', expiresAt));
    assert.equal(await read, 'first');
  });

  it('waits for another one from the instant at which the last one expires', async () => {
    const { clock, podToken, keep, expiresAt, reasons } = memory(true);
    keep(tokensOf('first', expiresAt));
    await clock.advance(HOUR_MS - 1);
    assert.equal(await podToken.read(reasons.tell, never), 'first');
    await clock.advance(1);
    const read = podToken.read(reasons.tell, never);
    await reasons.said(/the token of the pod's service account expired at 2026-01-01T01:00:00\.000Z/);
    keep(tokensOf('first', expiresAt));
    keep(tokensOf('second', new Date(expiresAt.getTime() + HOUR_MS)));
    assert.equal(await read, 'second');
  });

  it('ends its wait with the signal, and leaves no timer', async () => {
    const { clock, podToken, reasons } = memory(true);
    const caller = new AbortController();
    const read = podToken.read(reasons.tell, caller.signal);
    caller.abort(new Error('enough'));
    await assert.rejects(read, { message: 'enough' });
    await assert.rejects(podToken.read(reasons.tell, caller.signal), { message: 'enough' });
    assert.equal(clock.sleeping, 0);
  });

  it('keeps nothing for an issuer that has no use for it (invariant 8)', async () => {
    const { podToken, keep, expiresAt, reasons } = memory(false);
    keep(tokensOf('first', expiresAt));
    const caller = new AbortController();
    const read = podToken.read(reasons.tell, caller.signal);
    await reasons.said(/no token/);
    caller.abort(new Error('enough'));
    await assert.rejects(read, { message: 'enough' });
  });
});
