import { randomUUID } from 'node:crypto';
import { AgentError } from '../../errors.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import { backOffMs } from '../../kubernetes/api-back-off.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import type { ObjectCache, ObjectKey } from '../../kubernetes/object-cache.ts';
import type { Order, Waiting } from '../../ports.ts';
import { quarterLeftMs } from '../../remainder.ts';
import { CERTIFICATE_REQUESTS, newRequest, requestManifest, type CertificateRequest } from './certificate-request.ts';
import { waitToRetry, type Retrying } from './retry.ts';

/** Answers that another attempt would only get again: invalid (400, 422), refused by cert-manager's webhook (406), too large (413). */
const FINAL_STATUSES = new Set([400, 406, 413, 422]);

interface Parts extends Retrying {
  readonly api: KubernetesApi;
  readonly nodeId: string;
  /** Whether the pod's service account creates a request, with its own token. */
  readonly usesPodToken: boolean;
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
      const error = await this.#tryOnce(creation, await this.#account(creation, signal));
      if (error === undefined) return;
      if (error.status !== undefined && FINAL_STATUSES.has(error.status)) {
        throw new AgentError('request-failed', `The request was not accepted. ${error.message}`, { cause: error });
      }
      await this.#waitToRetry(creation, failures, error, signal);
    }
  }

  /** Who creates: the pod's service account, by a token that is waited for, or we. */
  async #account({ order, tell }: Creation, signal: AbortSignal): Promise<Pick<KubernetesApi, 'create'>> {
    const { api, usesPodToken } = this.#parts;
    return usesPodToken ? api.as(await order.podToken(tell, signal)) : api;
  }

  async #waitToRetry({ order, key, tell }: Creation, failures: number, error: ApiError, signal: AbortSignal): Promise<void> {
    const { clock, random, usesPodToken } = this.#parts;
    const delayMs = backOffMs(failures, error, random, { limitMs: quarterLeftMs(order.oldNotAfterAt, clock.now()) });
    if (!usesPodToken || (error.status !== 401 && error.status !== 403)) {
      tell({ reason: error.message });
      return waitToRetry(this.#parts, error, delayMs, signal);
    }
    // What the pod lacks is told to the pod and may be given later: it is no trouble of the API, nor of this driver.
    const account = `The pod's service account "${key.namespace}/${order.pod.serviceAccount}"`;
    const needed = 'must be allowed to create certificaterequests.cert-manager.io in its namespace';
    tell({ reason: `${account} ${error.status === 401 ? 'sent a token that is not accepted' : needed}. ${error.message}` });
    return clock.sleep(delayMs, signal);
  }

  /** @returns why it failed, or undefined once the request exists. */
  async #tryOnce({ order, key, late }: Creation, api: Pick<KubernetesApi, 'create'>): Promise<ApiError | undefined> {
    const { journal, nodeId, requests } = this.#parts;
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
