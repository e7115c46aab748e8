import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { newRequest } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import type { CertificateRequest } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { RequestCreator } from '../../node-agent/issuers/cert-manager/request-creator.ts';
import { ApiError } from '../../node-agent/kubernetes/api-error.ts';
import type { KubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { ObjectCache } from '../../node-agent/kubernetes/object-cache.ts';
import { orderOf } from '../support/issuer-bench.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordedJournal } from '../support/recorded-journal.ts';

const never = new AbortController().signal;

/** Creates requests at an API that answers as told, by a manual clock; back-offs are as long as they may be. */
function bench(create: (clock: ManualClock) => Promise<void>, usesPodToken = false) {
  const clock = new ManualClock();
  const requests = new ObjectCache<CertificateRequest>(() => assert.fail('nothing is watched here'));
  const api = { create: () => create(clock), as: () => api } as Partial<KubernetesApi> as KubernetesApi;
  const parts = { api, clock, journal: new RecordedJournal(), random: () => 0.999, nodeId: 'node-1', usesPodToken, requests };
  return { clock, requests, creator: new RequestCreator(parts) };
}

describe('the creation of a request', () => {
  it('remembers nothing of one that the API server refuses (invariant 9)', async () => {
    const { creator, requests } = bench(() => Promise.reject(new ApiError('invalid', { status: 422 })));
    const order = orderOf('web');
    const key = creator.nameFor(order);
    await assert.rejects(creator.create({ order, key, tell: () => {}, late: never }, never), { code: 'request-failed' });
    // Only what is expected is taken in.
    requests.add(key, newRequest(order, key.name));
    assert.equal(requests.get(key), undefined);
  });

  for (const { name, usesPodToken, error } of [
    { name: 'the API is down', usesPodToken: false, error: new ApiError('down', { status: 503 }) },
    { name: 'the pod lacks the right to make it', usesPodToken: true, error: new ApiError('no', { status: 403 }) },
  ]) {
    it(`comes before the end of a certificate of a minute where ${name} for three quarters of it`, async () => {
      const attempts: number[] = [];
      const { clock, creator } = bench(async () => {
        attempts.push(clock.now().getTime() - startMs);
        if (clock.now().getTime() - startMs < 47_000) throw error;
      }, usesPodToken);
      const startMs = clock.now().getTime();
      const order = { ...orderOf('web'), oldNotAfterAt: new Date(startMs + MINUTE_MS), podToken: () => Promise.resolve('a token') };
      const created = creator.create({ order, key: creator.nameFor(order), tell: () => {}, late: never }, never);
      await clock.advance(0);
      await clock.advance(MINUTE_MS);
      await created;
      assert.ok(attempts.length <= 10, `tried ${attempts.length} times`);
    });
  }

  it('is tried no sooner than the API server asks for, whatever is left of the certificate', async () => {
    const attempts: number[] = [];
    const { clock, creator } = bench(async () => {
      attempts.push(clock.now().getTime() - startMs);
      if (attempts.length === 1) throw new ApiError('slow down', { status: 429, retryAfterMs: 50_000 });
    });
    const startMs = clock.now().getTime();
    const order = { ...orderOf('web'), oldNotAfterAt: new Date(startMs + MINUTE_MS) };
    const created = creator.create({ order, key: creator.nameFor(order), tell: () => {}, late: never }, never);
    await clock.advance(0);
    await clock.advance(MINUTE_MS);
    await created;
    assert.deepEqual(attempts, [0, 50_000]);
  });
});
