import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { AgentError } from '../../errors.ts';
import { toFailure } from '../../failure.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import { backOffMs } from '../../kubernetes/api-back-off.ts';
import type { ObjectCache, ObjectKey } from '../../kubernetes/object-cache.ts';
import type { Journal, Order, Waiting } from '../../ports.ts';
import { CERTIFICATE_REQUESTS, newRequest, requestManifest, type CertificateRequest } from './certificate-request.ts';

/** Answers that another attempt would only get again: invalid (400, 422), refused by cert-manager's webhook (406), too large (413). */
const FINAL_STATUSES = new Set([400, 406, 413, 422]);

interface Parts {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly random: () => number;
  readonly nodeId: string;
  /** The requests as last seen; a new one is put in at once. */
  readonly requests: ObjectCache<CertificateRequest>;
}

/** What a request is made for, and how long it is wanted. */
export interface Creation {
  readonly order: Order;
  readonly key: ObjectKey;
  readonly tell: (why: Waiting) => void;
  /** Ends the call in flight; later than `signal`, which begins no further one, so that its outcome is known as a rule. */
  readonly late: AbortSignal;
}

/** Creates requests, as often as it takes for each to exist once. */
export class RequestCreator {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns the name to create a request under: every attempt must use the same, so that a lost answer makes no second request. */
  nameFor(order: Order): ObjectKey {
    return { namespace: order.pod.namespace, name: randomUUID() };
  }

  /** @throws {AgentError} `request-failed` when the API server will never take it; `signal.reason` once aborted. */
  async create(creation: Creation, signal: AbortSignal): Promise<void> {
    const { clock, journal, random } = this.#parts;
    for (let failures = 1; ; failures += 1) {
      signal.throwIfAborted();
      const error = await this.#tryOnce(creation);
      if (error === undefined) return;
      if (error.status !== undefined && FINAL_STATUSES.has(error.status)) {
        throw new AgentError('request-failed', `The request was not accepted. ${error.message}`, { cause: error });
      }
      const delayMs = backOffMs(failures, error, random);
      creation.tell({ reason: error.message });
      const retryAt = new Date(clock.now().getTime() + delayMs);
      journal.note({ kind: 'api-unavailable', failure: toFailure(error), retryAt });
      await clock.sleep(delayMs, signal);
    }
  }

  /** @returns why it failed, or undefined once the request exists. */
  async #tryOnce({ order, key, late }: Creation): Promise<ApiError | undefined> {
    const { api, journal, nodeId, requests } = this.#parts;
    requests.expect(key);
    try {
      await api.create(CERTIFICATE_REQUESTS, key.namespace, requestManifest(order, key.name, nodeId), late);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // A request of this random name can only be the one whose answer was lost.
      if (error.reason !== 'AlreadyExists') return error;
    }
    requests.add(key, newRequest(order, key.name));
    journal.note({ kind: 'request-created', volumeId: order.volumeId, namespace: key.namespace, requestName: key.name });
    return undefined;
  }
}
