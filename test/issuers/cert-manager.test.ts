import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { AgentError } from '../../node-agent/errors.ts';
import type { CertificateRequest } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { identifierHash } from '../../node-agent/issuers/cert-manager/identifier-hash.ts';
import { ObjectCache } from '../../node-agent/kubernetes/object-cache.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import { NAMESPACE, openBench, orderOf, Reasons, type IssuerBench } from '../support/issuer-bench.ts';
import { openssl } from '../support/openssl.ts';
import { condition, type Verdict } from '../support/signer.ts';

const never = new AbortController().signal;
const ISSUED = { chainPem: 'the chain', issuerCaPem: 'the CA' };
const ignore = (): Verdict => ({ kind: 'ignore' });

async function failureOf(issued: Promise<unknown>): Promise<AgentError> {
  try {
    await issued;
  } catch (error) {
    assert.ok(error instanceof AgentError);
    return error;
  }
  return assert.fail('it was issued');
}

describe('the cert-manager issuer', () => {
  let bench: IssuerBench;
  afterEach(() => bench.close());

  const requestNames = async () => (await bench.requests()).map(({ metadata }) => metadata.name);

  it('returns a chain and a CA that OpenSSL verifies', async () => {
    const authority = await createCertificateAuthority({ intermediate: true });
    bench = await openBench({ sign: (csrPem) => authority.sign(csrPem) });
    bench.start();
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
    const request = await openssl(['req', '-new', ...key, '-subj', '/CN=web']);
    const csrPem = /-----BEGIN CERTIFICATE REQUEST[^]*END CERTIFICATE REQUEST-----\n/.exec(request.output)?.[0] ?? '';
    const { chainPem, issuerCaPem } = await bench.issuer.issue(orderOf('web', { csrPem }), () => {}, never);
    const verdict = await openssl(['verify', '-x509_strict', '-CAfile', 'ca', '-untrusted', 'chain', 'chain'], {
      ca: issuerCaPem,
      chain: chainPem,
    });
    assert.equal(verdict.ok, true, verdict.output);
  });

  it('makes one call for the first certificate, a create, and a delete of the former request for each later one', async () => {
    bench = await openBench();
    bench.start();
    for (let round = 1; round <= 3; round += 1) {
      assert.deepEqual(await bench.issuer.issue(orderOf('web'), () => {}, never), ISSUED);
      if (round > 1) await bench.journal.nth('request-deleted', round - 1);
    }
    const calls = ['create', 'delete', 'list', 'watch', 'get', 'update'].map((verb) => bench.proxy.count(verb as 'get'));
    assert.deepEqual(calls, [3, 2, 1, 1, 0, 0]);
    assert.equal((await bench.requests()).length, 1);
  });

  it('keeps the certificate of a request while somebody waits for it, and no longer (invariant 9)', async (context) => {
    const expected = context.mock.method(ObjectCache.prototype, 'expect');
    bench = await openBench();
    bench.start();
    await Promise.all(['a', 'b'].map((pod) => bench.issuer.issue(orderOf(pod), () => {}, never)));
    const cache = expected.mock.calls[0]?.this as ObjectCache<CertificateRequest>;
    assert.deepEqual(
      [...cache.values()].map(({ state }) => state),
      [{ kind: 'issued' }, { kind: 'issued' }],
    );
  });

  it('issues for 200 volumes at once, by one create each, one list and one watch, with at most 32 calls in flight', async () => {
    bench = await openBench();
    bench.start();
    const orders = Array.from({ length: 200 }, (_, index) => orderOf(`pod-${index}`));
    const all = await Promise.all(orders.map((order) => bench.issuer.issue(order, () => {}, never)));
    assert.ok(all.every(({ chainPem }) => chainPem === ISSUED.chainPem));
    const calls = ['create', 'delete', 'list', 'watch', 'get'].map((verb) => bench.proxy.count(verb as 'get'));
    assert.deepEqual(calls, [200, 0, 1, 1, 0]);
    assert.ok(bench.proxy.mostAtOnce <= 32, `${bench.proxy.mostAtOnce} calls at once`);
    assert.equal(bench.clock.sleeping, 1, 'only the watch sleeps');
  });

  it('tells what it waits for: approval, the issuer, and what the issuer says, as far as 1,000 characters hold it', async () => {
    bench = await openBench({ decide: ignore });
    bench.start();
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, never);
    const { requestName } = await reasons.said(/not approved yet$/);
    const path = `/apis/cert-manager.io/v1/namespaces/${NAMESPACE}/certificaterequests/${requestName}`;
    const setStatus = async (status: object) =>
      bench.client.call('PUT', `${path}/status`, { body: { ...(await bench.client.call('GET', path)), status } });
    await setStatus({ conditions: [condition('Approved', 'True', 'x', 'y')] });
    await reasons.said(/approved, and no issuer has taken it up yet$/);
    await setStatus({ conditions: [condition('Ready', 'False', 'Pending', 'Referenced "Issuer" not found')] });
    await reasons.said(/Pending: Referenced "Issuer" not found$/);
    await setStatus({ conditions: [condition('Ready', 'False', 'R'.repeat(700), 'M'.repeat(700))] });
    assert.equal((await reasons.said(/RRR: MMM/)).reason.length, 1_000);
    await setStatus({ conditions: [condition('Ready', 'True', 'Issued', '')] });
    await reasons.said(/holds no certificate yet$/);
    await setStatus({ conditions: [condition('Ready', 'True', 'Issued', '')], certificate: 'dGhlIGNoYWlu', ca: 'dGhlIENB' });
    assert.deepEqual(await issued, ISSUED);
  });

  for (const { kind, code } of [
    { kind: 'deny', code: 'request-denied' },
    { kind: 'fail', code: 'request-failed' },
  ] as const) {
    it(`ends with ${code}, the request's name and its message; the next order deletes it and makes one new request after 30 s`, async () => {
      let verdict: Verdict = { kind, message: 'team "blue" may not' };
      bench = await openBench({ decide: () => verdict });
      bench.start();
      const ended = await failureOf(bench.issuer.issue(orderOf('web'), () => {}, never));
      const [former] = await requestNames();
      assert.equal(ended.code, code);
      assert.match(ended.message, new RegExp(`"${NAMESPACE}/${former}" .*team "blue" may not`));

      verdict = { kind: 'sign' };
      const reasons = new Reasons();
      const issued = bench.issuer.issue(orderOf('web'), reasons.tell, never);
      await reasons.said(/team "blue" may not; the next request is made 30 s after that one/);
      await bench.clock.advance(29_900);
      assert.equal(bench.proxy.count('create'), 1, 'not before the 30 s are over');
      assert.deepEqual(await requestNames(), [former], 'and what was said stays there to be read');
      await bench.clock.advance(200);
      assert.deepEqual(await issued, ISSUED);
      await bench.journal.nth('request-deleted', 1);
      assert.equal(bench.proxy.count('create'), 2);
      assert.equal((await requestNames()).includes(former ?? ''), false);
    });
  }

  it('ends when somebody deletes the pending request, as happens with its pod, and makes the next one 30 s after it', async () => {
    let verdict: Verdict = { kind: 'ignore' };
    bench = await openBench({ decide: () => verdict });
    bench.start();
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, never);
    const { requestName } = await reasons.said(/not approved yet/);
    await bench.client.call('DELETE', `/apis/cert-manager.io/v1/namespaces/${NAMESPACE}/certificaterequests/${requestName}`);
    const ended = await failureOf(issued);
    assert.equal(ended.code, 'request-deleted');
    assert.match(ended.message, new RegExp(`"${NAMESPACE}/${requestName}" was deleted by somebody`));
    assert.deepEqual(await bench.requests(), []);

    verdict = { kind: 'sign' };
    const next = bench.issuer.issue(orderOf('web'), reasons.tell, never);
    await reasons.said(/was deleted by somebody; the next request/);
    await bench.clock.advance(29_900);
    assert.equal(bench.proxy.count('create'), 1, 'not before the 30 s are over');
    await bench.clock.advance(200);
    assert.deepEqual(await next, ISSUED);
  });

  it('deletes the pending request before it rejects, when aborted', async () => {
    bench = await openBench({ decide: ignore });
    bench.start();
    const caller = new AbortController();
    const reasons = new Reasons();
    const issued = bench.issuer.issue(orderOf('web'), reasons.tell, caller.signal);
    await reasons.said(/not approved yet/);
    caller.abort(new Error('unpublished'));
    await assert.rejects(issued, { message: 'unpublished' });
    assert.deepEqual(await bench.requests(), []);
    assert.equal(bench.clock.sleeping, 1, 'only the watch sleeps');
  });

  it('deletes at start the pending requests of delivered volumes, whose keys died with the last process, and nothing else', async () => {
    bench = await openBench({
      decide: ({ metadata }) =>
        (metadata.ownerReferences as { name: string }[])[0]?.name === 'issued' ? { kind: 'sign' } : { kind: 'ignore' },
    });
    bench.start();
    await bench.issuer.issue(orderOf('issued'), () => {}, never);
    const left = new Reasons();
    for (const name of ['delivered', 'other']) void bench.issuer.issue(orderOf(name), left.tell, never).catch(() => {});
    await bench.journal.nth('request-created', 3);
    // Same volume id, and so the same hash, but the pod is another one.
    const namesake = orderOf('delivered', { pod: { ...orderOf('delivered').pod, uid: 'of-another-pod' } });
    void bench.issuer.issue(namesake, left.tell, never).catch(() => {});
    await bench.journal.nth('request-created', 4);
    bench.restart([orderOf('delivered'), orderOf('issued')]);
    await bench.journal.nth('request-deleted', 1);
    const owners = (await bench.requests()).map(({ metadata }) => (metadata.ownerReferences as { uid: string }[])[0]?.uid);
    assert.deepEqual(new Set(owners), new Set(['of-another-pod', 'uid-of-issued', 'uid-of-other']));
  });

  it('deletes a pending request of its volume whose key is gone, and makes a new one', async () => {
    let verdict: Verdict = { kind: 'ignore' };
    bench = await openBench({ decide: () => verdict });
    bench.start();
    void bench.issuer.issue(orderOf('web'), () => {}, never).catch(() => {});
    const { requestName } = await bench.journal.nth('request-created', 1);
    const next = bench.restart();
    verdict = { kind: 'sign' };
    assert.deepEqual(await next.issue(orderOf('web'), () => {}, never), ISSUED);
    assert.equal((await bench.journal.nth('request-deleted', 1)).requestName, requestName);
    assert.equal((await bench.requests()).length, 1);
  });

  it('takes no request for one of its volume’s that says it was made on another node, whatever its labels say', async () => {
    bench = await openBench({ decide: ignore });
    bench.start();
    void bench.issuer.issue(orderOf('web'), () => {}, never).catch(() => {});
    const { requestName } = await bench.journal.nth('request-created', 1);
    const [own] = await bench.requests();
    assert.ok(own !== undefined);
    const { labels, ownerReferences } = own.metadata;
    const foreign = { ...own, metadata: { name: 'foreign', labels, ownerReferences, annotations: { 'podcert.io/node': 'another' } } };
    const path = `/apis/cert-manager.io/v1/namespaces/${NAMESPACE}/certificaterequests`;
    await bench.client.call('POST', path, { body: foreign });
    bench.restart([orderOf('web')]);
    assert.equal((await bench.journal.nth('request-deleted', 1)).requestName, requestName);
    assert.deepEqual(
      (await bench.requests()).map((request) => request.metadata.name),
      ['foreign'],
    );
    await bench.client.call('DELETE', `${path}/foreign`);
  });

  it('holds back the request that follows one which a former process left denied', async () => {
    bench = await openBench({ decide: () => ({ kind: 'deny', message: 'team "blue" may not' }) });
    bench.start();
    await assert.rejects(
      bench.issuer.issue(orderOf('web'), () => {}, never),
      { code: 'request-denied' },
    );
    const reasons = new Reasons();
    void bench
      .restart()
      .issue(orderOf('web'), reasons.tell, never)
      .catch(() => {});
    await reasons.said(/was denied: .*team "blue" may not; the next request is made 30 s after/);
    assert.equal((await bench.requests()).length, 1);
    await bench.clock.advance(30_000);
    await bench.journal.nth('request-created', 2);
  });

  it('does not take the pending request of another volume of the pod for one left behind when their hashes are the same', async () => {
    bench = await openBench({ decide: ignore });
    bench.start();
    const names = ['v3rnw', 'vkpba'];
    assert.equal(new Set(names.map((name) => identifierHash(orderOf(name).volumeId))).size, 1);
    const { pod } = orderOf('web');
    for (const [index, name] of names.entries()) {
      void bench.issuer.issue(orderOf(name, { pod }), () => {}, never).catch(() => {});
      await bench.journal.nth('request-created', index + 1);
    }
    assert.deepEqual([bench.proxy.count('delete'), (await bench.requests()).length], [0, 2]);
  });

  it('refuses a certificate that is not base64', async () => {
    const conditions = [condition('Ready', 'True', 'Issued', '')];
    bench = await openBench({ decide: () => ({ kind: 'status', status: { conditions, certificate: '!!not base64!!' } }) });
    bench.start();
    await assert.rejects(
      bench.issuer.issue(orderOf('web'), () => {}, never),
      { code: 'certificate-refused', message: /status\.certificate is not base64/ },
    );
  });
});
