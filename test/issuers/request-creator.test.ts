import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newRequest } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import type { CertificateRequest } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { RequestCreator } from '../../node-agent/issuers/cert-manager/request-creator.ts';
import { ApiError } from '../../node-agent/kubernetes/api-error.ts';
import type { KubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { ObjectCache } from '../../node-agent/kubernetes/object-cache.ts';
import { orderOf } from '../support/issuer-bench.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordedJournal } from '../support/recorded-journal.ts';

describe('the creation of a request', () => {
  it('remembers nothing of one that the API server refuses (invariant 9)', async () => {
    const requests = new ObjectCache<CertificateRequest>(() => assert.fail('nothing is watched here'));
    const refusing = { create: () => Promise.reject(new ApiError('invalid', { status: 422 })) } as Partial<KubernetesApi> as KubernetesApi;
    const parts = {
      api: refusing,
      clock: new ManualClock(),
      journal: new RecordedJournal(),
      random: () => 0.5,
      nodeId: 'node-1',
      usesPodToken: false,
      requests,
    };
    const creator = new RequestCreator(parts);
    const order = orderOf('web');
    const key = creator.nameFor(order);
    const never = new AbortController().signal;
    await assert.rejects(creator.create({ order, key, tell: () => {}, late: never }, never), { code: 'request-failed' });
    // Only what is expected is taken in.
    requests.add(key, newRequest(order, key.name));
    assert.equal(requests.get(key), undefined);
  });
});
