import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Fault, SeenCall } from '../support/fault-proxy.ts';
import { openBench, orderOf, Reasons, type IssuerBench } from '../support/issuer-bench.ts';
import type { Verdict } from '../support/signer.ts';

const never = new AbortController().signal;
const ISSUED = { chainPem: 'the chain', issuerCaPem: 'the CA' };

function answer(status: number, reason: string, message: string, headers: Record<string, string> = {}): Fault {
  return { kind: 'answer', status, headers, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code: status } };
}

/** The first `count` calls of a verb go wrong. */
function first(count: number, verb: SeenCall['verb'], fault: Fault): (call: SeenCall) => Fault | undefined {
  let left = count;
  return (call) => (call.verb === verb && left-- > 0 ? fault : undefined);
}

describe('the cert-manager issuer, when the API fails', () => {
  let bench: IssuerBench;
  let verdict: Verdict;
  beforeEach(async () => {
    verdict = { kind: 'sign' };
    bench = await openBench({ decide: () => verdict });
  });
  afterEach(() => bench.close());

  const passing: readonly { readonly name: string; readonly fault: Fault; readonly said: RegExp }[] = [
    { name: 'a connection that is cut', fault: { kind: 'cut' }, said: /Cannot POST .*: .*(hang up|ECONNRESET)/ },
    { name: '403', fault: answer(403, 'Forbidden', 'may not create'), said: /403 Forbidden: may not create/ },
    { name: '401', fault: answer(401, 'Unauthorized', 'Unauthorized'), said: /401 Unauthorized/ },
    {
      name: '404 of a missing CRD',
      fault: { kind: 'answer', status: 404, body: '404 page not found' },
      said: /is its CustomResourceDefinition installed\?/,
    },
    { name: '500', fault: answer(500, 'InternalError', 'etcd is gone'), said: /500 InternalError: etcd is gone/ },
    { name: '429', fault: answer(429, 'TooManyRequests', 'slow down'), said: /429 TooManyRequests: slow down/ },
    { name: 'an answer that is no JSON', fault: { kind: 'answer', status: 200, body: '<html>' }, said: /the answer is not JSON/ },
  ];
  for (const { name, fault, said } of passing) {
    it(`tells of ${name}, tries again after a back-off and issues`, async () => {
      bench.proxy.faultOf = first(2, 'create', fault);
      bench.start();
      const reasons = new Reasons();
      const issued = bench.issuer.issue(orderOf('web'), reasons.tell, never);
      await reasons.said(said);
      for (const delayMs of [1_000, 2_000]) {
        const count = delayMs / 1_000;
        const { retryAt } = await bench.journal.nth('api-unavailable', count);
        assert.equal(retryAt.getTime() - bench.clock.now().getTime(), delayMs);
        await bench.clock.advance(delayMs);
      }
      assert.deepEqual(await issued, ISSUED);
      assert.equal((await bench.requests()).length, 1);
    });
  }

  it('waits as long as Retry-After asks', async () => {
    bench.proxy.faultOf = first(1, 'create', answer(429, 'TooManyRequests', 'slow down', { 'retry-after': '17' }));
    bench.start();
    const issued = bench.issuer.issue(orderOf('web'), () => {}, never);
    const { retryAt } = await bench.journal.nth('api-unavailable', 1);
    assert.equal(retryAt.getTime() - bench.clock.now().getTime(), 17_000);
    await bench.clock.advance(17_000);
    assert.deepEqual(await issued, ISSUED);
  });

  it('makes the next request 30 s after the last was created, however long that took', async () => {
    verdict = { kind: 'deny', message: 'not today' };
    bench.proxy.faultOf = first(1, 'create', answer(429, 'TooManyRequests', 'slow down', { 'retry-after': '40' }));
    bench.start();
    const denied = bench.issuer.issue(orderOf('web'), () => {}, never);
    await bench.journal.nth('api-unavailable', 1);
    await bench.clock.advance(40_000);
    await assert.rejects(denied, /not today/);

    verdict = { kind: 'sign' };
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, never);
    await reasons.said(/not today; the next request/);
    await bench.clock.advance(30_000);
    assert.deepEqual(await issued, ISSUED);
  });

  it('makes one request when the answer to the create is lost', async () => {
    bench.proxy.faultOf = first(1, 'create', { kind: 'lose-answer' });
    bench.start();
    const issued = bench.issuer.issue(orderOf('web'), () => {}, never);
    await bench.journal.nth('api-unavailable', 1);
    await bench.clock.advance(1_000);
    assert.deepEqual(await issued, ISSUED);
    assert.equal(bench.proxy.count('create'), 2);
    assert.equal((await bench.requests()).length, 1);
  });

  it('tells the name of its request also where that has ended before it was waited for', async () => {
    bench.proxy.faultOf = first(1, 'create', { kind: 'lose-answer' });
    bench.start();
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, never);
    await bench.journal.nth('api-unavailable', 1);
    const signed = async () => (await bench.requests()).some(({ status }) => (status as { certificate?: string } | undefined)?.certificate);
    while (!(await signed()));
    await bench.clock.advance(1_000);
    await issued;
    const [request] = await bench.requests();
    assert.equal(reasons.all.at(-1)?.requestName, request?.metadata.name);
  });

  it('gives up a create that is not answered within 30 s, and tries again', async () => {
    bench.proxy.faultOf = first(1, 'create', { kind: 'silent' });
    bench.start();
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, never);
    // The request exists; only its answer does not come.
    while ((await bench.requests()).length === 0);
    await bench.clock.advance(30_000);
    await reasons.said(/no answer within 30 s/);
    await bench.clock.advance(1_000);
    assert.deepEqual(await issued, ISSUED);
    assert.equal((await bench.requests()).length, 1);
  });

  for (const status of [400, 406, 413, 422]) {
    it(`ends with request-failed and the message when the request is answered ${status}`, async () => {
      bench.proxy.faultOf = first(1, 'create', answer(status, 'Invalid', 'spec.duration: too short'));
      bench.start();
      const issued = bench.issuer.issue(orderOf('web'), () => {}, never);
      await assert.rejects(issued, { code: 'request-failed', message: /spec\.duration: too short/ });
    });
  }

  it('deletes the request also when aborted while the create is under way', async () => {
    const passed = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    bench.proxy.faultOf = (call) => {
      if (call.verb !== 'create') return undefined;
      arrived.resolve();
      return { kind: 'slow', until: passed.promise };
    };
    bench.start();
    const caller = new AbortController();
    const issued = bench.issuer.issue(orderOf('web'), () => {}, caller.signal);
    await arrived.promise;
    caller.abort(new Error('unpublished'));
    await bench.clock.advance(9_900);
    passed.resolve();
    await assert.rejects(issued, { message: 'unpublished' });
    assert.deepEqual([bench.proxy.count('create'), bench.proxy.count('delete')], [1, 1]);
    assert.deepEqual(await bench.requests(), []);
  });

  it('takes no longer than 10 s to end when aborted while the API is silent', async () => {
    verdict = { kind: 'ignore' };
    bench.start();
    const caller = new AbortController();
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, caller.signal);
    await reasons.said(/not approved yet/);
    const asked = Promise.withResolvers<void>();
    bench.proxy.faultOf = () => (asked.resolve(), { kind: 'slow', until: new Promise(() => {}) });
    const refused = assert.rejects(issued, { message: 'unpublished' });
    caller.abort(new Error('unpublished'));
    await asked.promise;
    await bench.clock.advance(10_000);
    await refused;
    assert.match((await bench.journal.nth('cleanup-failed', 1)).failure.message, /No time was left/);
  });

  it('leaves off at once when aborted while the API is down', async () => {
    bench.proxy.faultOf = () => ({ kind: 'cut' });
    bench.start();
    const caller = new AbortController();
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, caller.signal);
    await reasons.said(/Cannot GET/);
    caller.abort(new Error('unpublished'));
    await assert.rejects(issued, { message: 'unpublished' });
    assert.equal(bench.proxy.count('create'), 0);
  });

  it('tries to delete a former request up to five times, and leaves it to the next issuance then', async () => {
    bench.start();
    await bench.issuer.issue(orderOf('web'), () => {}, never);
    bench.proxy.faultOf = first(5, 'delete', answer(503, 'ServiceUnavailable', 'later'));
    await bench.issuer.issue(orderOf('web'), () => {}, never);
    for (const [index, delayMs] of [1_000, 2_000, 4_000, 8_000].entries()) {
      await bench.journal.nth('api-unavailable', index + 1);
      await bench.clock.advance(delayMs);
    }
    await bench.journal.nth('cleanup-failed', 1);
    assert.equal(bench.proxy.count('delete'), 5);
    await bench.issuer.issue(orderOf('web'), () => {}, never);
    await bench.journal.nth('request-deleted', 2);
    assert.equal((await bench.requests()).length, 1);
  });

  it('does not try again what it may not delete', async () => {
    bench.start();
    await bench.issuer.issue(orderOf('web'), () => {}, never);
    bench.proxy.faultOf = first(1, 'delete', answer(403, 'Forbidden', 'may not delete'));
    await bench.issuer.issue(orderOf('web'), () => {}, never);
    assert.match((await bench.journal.nth('cleanup-failed', 1)).failure.message, /may not delete/);
    assert.equal(bench.proxy.count('delete'), 1);
  });

  it('learns of an issued request from the resumed watch when the watch was cut meanwhile, without a read', async () => {
    const release = Promise.withResolvers<Verdict>();
    await bench.close();
    bench = await openBench({ decide: () => release.promise });
    bench.start();
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, never);
    await reasons.said(/not approved yet/);
    bench.proxy.cutWatches();
    await bench.journal.nth('watch-lost', 1);
    await reasons.said(/as last seen: The watch was cut/);
    release.resolve({ kind: 'sign' });
    await bench.clock.advance(1_000);
    assert.deepEqual(await issued, ISSUED);
    assert.deepEqual(
      ['list', 'watch', 'get'].map((verb) => bench.proxy.count(verb as 'get')),
      [1, 2, 0],
    );
  });

  it('issues while no watch can be held, by one list a back-off step for all who wait', async () => {
    const release = Promise.withResolvers<Verdict>();
    await bench.close();
    bench = await openBench({ decide: () => release.promise });
    bench.start();
    await bench.journal.nth('watch-opened', 1);
    const all = Promise.all(['a', 'b', 'c'].map((name) => bench.issuer.issue(orderOf(name), () => {}, never)));
    await bench.journal.nth('request-created', 3);
    bench.proxy.faultOf = ({ verb }) => (verb === 'watch' ? { kind: 'cut' } : undefined);
    bench.proxy.cutWatches();
    await bench.journal.nth('watch-lost', 1);
    release.resolve({ kind: 'sign' });
    while (!(await bench.requests()).every(({ status }) => (status as { certificate?: string } | undefined)?.certificate !== undefined));
    for (const [index, delayMs] of [1_000, 2_000].entries()) {
      await bench.clock.advance(delayMs);
      await bench.journal.nth('watch-lost', index + 2);
    }
    assert.equal((await all).length, 3);
    assert.deepEqual(
      ['list', 'get'].map((verb) => bench.proxy.count(verb as 'get')),
      [2, 0],
    );
  });
});
