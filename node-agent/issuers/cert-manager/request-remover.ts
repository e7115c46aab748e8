import { toFailure } from '../../failure.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import { backOffMs } from '../../kubernetes/api-back-off.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import type { ObjectCache, ObjectKey } from '../../kubernetes/object-cache.ts';
import type { VolumeId } from '../../volume-id.ts';
import { CERTIFICATE_REQUESTS, named, type CertificateRequest } from './certificate-request.ts';
import { waitToRetry, type Retrying } from './retry.ts';

const MOST_ATTEMPTS = 5;

interface Parts extends Retrying {
  readonly api: KubernetesApi;
  /** The requests as last seen; what was deleted is taken out at once. */
  readonly requests: ObjectCache<CertificateRequest>;
}

/** Deletes requests that are of no use any more. */
export class RequestRemover {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Tries up to five times, until the signal is aborted. Never rejects: what could not be deleted is noted, is found again
   * by the volume's next issuance, and goes with its pod.
   */
  async remove(volumeId: VolumeId, key: ObjectKey, signal: AbortSignal): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      const error = await this.#tryOnce(key, signal);
      if (error === undefined) return;
      if (failures === MOST_ATTEMPTS || signal.aborted || !mayPass(error)) {
        this.#parts.journal.note({ kind: 'cleanup-failed', volumeId, failure: toFailure(error) });
        return;
      }
      // An abort ends the wait only; the next attempt then fails at once, and that is noted.
      await waitToRetry(this.#parts, error, backOffMs(failures, error, this.#parts.random), signal).catch(() => {});
    }
  }

  /** @returns why it failed, or undefined. */
  async #tryOnce(key: ObjectKey, signal: AbortSignal): Promise<ApiError | undefined> {
    const { api, journal, requests } = this.#parts;
    try {
      const isDeleted = await api.delete(CERTIFICATE_REQUESTS, key, signal);
      requests.remove(key);
      if (isDeleted) journal.note({ kind: 'request-deleted', namespace: key.namespace, requestName: key.name });
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error;
      if (signal.aborted) return new ApiError(`No time was left to delete ${named(key)}`);
      throw error;
    }
  }
}

function mayPass({ status }: ApiError): boolean {
  return status === undefined || status === 429 || status >= 500;
}
