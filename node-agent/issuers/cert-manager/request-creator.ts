import { randomUUID } from 'node:crypto';
import { AgentError } from '../../errors.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import type { ObjectCache, ObjectKey } from '../../kubernetes/object-cache.ts';
import type { Order, Waiting } from '../../ports.ts';
import { CERTIFICATE_REQUESTS, newRequest, requestManifest, type CertificateRequest } from './certificate-request.ts';
import { waitToRetry, type Retrying } from './retry.ts';

/** Answers that another attempt would only get again: invalid (400, 422), refused by cert-manager's webhook (406), too large (413). */
const FINAL_STATUSES = new Set([400, 406, 413, 422]);

interface Parts extends Retrying {
  readonly api: KubernetesApi;
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
    try {
      await this.#createOnce(creation, signal);
    } catch (error) {
      // What may have been created all the same is told by the watch, as anybody's request is.
      this.#parts.requests.remove(creation.key);
      throw error;
    }
  }

  async #createOnce(creation: Creation, signal: AbortSignal): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      signal.throwIfAborted();
      const error = await this.#tryOnce(creation);
      if (error === undefined) return;
      if (error.status !== undefined && FINAL_STATUSES.has(error.status)) {
        throw new AgentError('request-failed', `The request was not accepted. ${error.message}`, { cause: error });
      }
      creation.tell({ reason: error.message });
      await waitToRetry(this.#parts, failures, error, signal);
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
