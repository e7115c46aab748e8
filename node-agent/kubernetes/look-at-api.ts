import type { ApiOutlook } from '../api-outlook.ts';
import type { Clock } from '../clock.ts';
import { toFailure } from '../failure.ts';
import { record } from '../json-value.ts';
import { ApiError } from './api-error.ts';
import type { KubernetesApi } from './api.ts';
import { withDeadline } from './deadline.ts';

/** Short: somebody sits there and waits for it. */
const DEADLINE_MS = 5_000;

const REVIEWS = { group: 'authorization.k8s.io', version: 'v1', plural: 'selfsubjectaccessreviews' };

/** Every account may ask this of itself, and no object comes of it (Kubernetes, "Checking API access"). */
const MAY_CREATE_REQUESTS = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes: { verb: 'create', group: 'cert-manager.io', resource: 'certificaterequests' } },
};

/** The header `Date` has whole seconds, the last one cut off (RFC 9110 section 6.6.1). */
const HALF_A_SECOND_MS = 500;

/** Asks the API one thing, of which everything is told. @throws `signal.reason` once aborted. */
export async function lookAtApi(api: Pick<KubernetesApi, 'review'>, clock: Clock, signal: AbortSignal): Promise<ApiOutlook> {
  const askedAt = clock.now();
  try {
    const ask = (signal: AbortSignal) => api.review(REVIEWS, MAY_CREATE_REQUESTS, signal);
    const { body, serverAt } = await withDeadline({ clock, deadlineMs: DEADLINE_MS, reason: late }, ask, signal);
    const allowed = record(record(body)?.['status'])?.['allowed'];
    const middleMs = (askedAt.getTime() + clock.now().getTime()) / 2;
    return {
      ...(serverAt && { clockAheadMs: Math.round(middleMs - serverAt.getTime() - HALF_A_SECOND_MS) }),
      ...(typeof allowed === 'boolean' && { mayCreateRequests: allowed }),
    };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: toFailure(error) };
  }
}

function late(): Error {
  return new ApiError(`The API server gave no answer within ${DEADLINE_MS / 1_000} s`);
}
