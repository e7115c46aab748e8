import type { Clock } from '../../clock.ts';
import type { Issued } from '../../contents.ts';
import { AgentError } from '../../errors.ts';
import type { ApiObject } from '../../kubernetes/api-object.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import type { ObjectCache, ObjectKey } from '../../kubernetes/object-cache.ts';
import { ObjectWatch } from '../../kubernetes/object-watch.ts';
import type { Delivered, Issuer, Journal, Order, Waiting } from '../../ports.ts';
import type { VolumeId } from '../../volume-id.ts';
import { CERTIFICATE_REQUESTS, named, nodeSelector, readRequest, withoutCertificate } from './certificate-request.ts';
import type { CertificateRequest } from './certificate-request.ts';
import { CreationPace } from './creation-pace.ts';
import { withGrace } from './grace-period.ts';
import { identifierHash } from './identifier-hash.ts';
import { RequestCreator, type Creation } from './request-creator.ts';
import { RequestRemover } from './request-remover.ts';

/** What the issuer works with. */
export interface CertManagerOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly nodeId: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Whether requests are created as the service accounts of their pods, in place of our own. */
  readonly usesPodToken: boolean;
}

/** In characters, as {@link Waiting} promises: a reason is put together of what others say. */
const LONGEST_REASON = 1_000;

/** How long an abort may take: to learn what became of a create in flight, and to delete the request. */
const GRACE_MS = 10_000;

/**
 * Issues by CertificateRequests, for cert-manager's own issuers and external ones. Nothing is issued before `start` was called,
 * and there is one order of a volume at a time.
 */
export function createCertManagerIssuer(options: CertManagerOptions): Issuer {
  return new CertManagerIssuer(options);
}

class CertManagerIssuer implements Issuer {
  readonly usesPodToken: boolean;
  readonly #clock: Clock;
  readonly #nodeId: string;
  readonly #watch: ObjectWatch<CertificateRequest>;
  readonly #requests: ObjectCache<CertificateRequest>;
  readonly #creator: RequestCreator;
  readonly #remover: RequestRemover;
  readonly #pace: CreationPace;
  /** Names of requests whose keys are in memory. */
  readonly #alive = new Set<string>();
  /** Names of requests that were there before this process made any; struck off once they were looked at. */
  #inherited: Set<string> | undefined;
  #lifetime: AbortSignal = AbortSignal.abort();

  constructor({ nodeId, random, usesPodToken, ...ports }: CertManagerOptions) {
    this.usesPodToken = usesPodToken;
    this.#clock = ports.clock;
    this.#nodeId = nodeId;
    const selector = { labelSelector: nodeSelector(nodeId) };
    this.#watch = new ObjectWatch({
      ...ports,
      random,
      resource: CERTIFICATE_REQUESTS,
      selector,
      trim: (object) => this.#trim(object),
      groupOf: ({ volumeHash }) => volumeHash,
    });
    this.#requests = this.#watch.objects;
    this.#creator = new RequestCreator({ ...ports, random, nodeId, usesPodToken, requests: this.#requests });
    this.#remover = new RequestRemover({ ...ports, random, requests: this.#requests });
    this.#pace = new CreationPace(ports.clock);
  }

  start(delivered: readonly Delivered[], signal: AbortSignal): void {
    this.#lifetime = signal;
    this.#watch.start(signal);
    void this.#sweep(delivered, signal);
  }

  async issue(order: Order, waiting: (why: Waiting) => void, signal: AbortSignal): Promise<Issued> {
    const tell: Tell = (why) => waiting({ ...why, reason: why.reason.slice(0, LONGEST_REASON) });
    await this.#watch.synced((failure) => tell({ reason: failure.message }), signal);
    this.#paceAfterFormer(order);
    await this.#pace.ready(order, (reason) => tell({ reason }), signal);
    const former = this.#requestsOf(order);
    this.#removeAll(
      order.volumeId,
      former.filter(({ state }) => state.kind !== 'issued'),
    );
    const issued = await this.#request(order, tell, signal);
    this.#removeAll(
      order.volumeId,
      former.filter(({ state }) => state.kind === 'issued'),
    );
    return issued;
  }

  /** A former process may have left a request that came to nothing a moment ago. */
  #paceAfterFormer(order: Order): void {
    this.#inherited ??= new Set([...this.#requests.values()].map(({ name }) => name));
    const now = this.#clock.now();
    for (const { namespace, name, createdAt, state } of this.#requestsOf(order)) {
      if (!this.#inherited.delete(name) || createdAt === undefined || !('message' in state)) continue;
      // Where the API server's clock is ahead, it counts from now.
      this.#pace.slow(
        order.volumeId,
        createdAt < now ? createdAt : now,
        `${named({ namespace, name })} was ${state.kind}: ${state.message}`,
      );
    }
  }

  wasted(volumeId: VolumeId, why: string): void {
    this.#pace.slow(volumeId, this.#clock.now(), why);
  }

  /** One request from its creation to its end. */
  async #request(order: Order, tell: Tell, signal: AbortSignal): Promise<Issued> {
    const key = this.#creator.nameFor(order);
    // Not when the attempt began: a request may be long in coming while the API is down.
    let createdAt: Date | undefined;
    const created = () => (createdAt = this.#clock.now());
    this.#alive.add(key.name);
    try {
      const period = { clock: this.#clock, graceMs: GRACE_MS };
      return await withGrace(period, (late) => this.#createAndAwait({ order, key, tell, late }, created, signal), signal);
    } catch (error) {
      if (error instanceof AgentError && !signal.aborted) this.#pace.slow(order.volumeId, createdAt ?? this.#clock.now(), error.message);
      throw error;
    } finally {
      this.#alive.delete(key.name);
      this.#requests.shorten(key, withoutCertificate);
    }
  }

  async #createAndAwait(creation: Creation, created: () => void, signal: AbortSignal): Promise<Issued> {
    const { order, key, tell, late } = creation;
    try {
      await this.#creator.create(creation, signal);
      created();
      // Also where it has ended by now: whatever comes of it is told with its name.
      tell({ reason: `${named(key)} was created`, requestName: key.name });
      return await this.#result(key, tell, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      await this.#remover.remove(order.volumeId, key, late);
      throw signal.reason;
    }
  }

  /** @throws {AgentError} `request-denied`, `request-failed`, `request-deleted`, `certificate-refused`. */
  async #result(key: ObjectKey, tell: Tell, signal: AbortSignal): Promise<Issued> {
    for (;;) {
      const state = this.#requests.get(key)?.state;
      switch (state?.kind) {
        case undefined:
          // Not made anew here: as a rule it went with its pod, and then nobody asks again.
          throw new AgentError('request-deleted', `${named(key)} was deleted by somebody`);
        case 'issued':
          if (state.issued === undefined) throw new Error(`The certificate of ${named(key)} was not kept`);
          return state.issued;
        case 'unusable':
          throw new AgentError('certificate-refused', `${named(key)} was issued, but ${state.message}`);
        case 'denied':
          throw new AgentError('request-denied', `${named(key)} was denied: ${state.message}`);
        case 'failed':
          throw new AgentError('request-failed', `${named(key)} failed: ${state.message}`);
        case 'waiting':
          tell({ reason: this.#waitingReason(key, state.reason), requestName: key.name });
          break;
        default:
          state satisfies never;
      }
      await this.#requests.changed(key, signal);
    }
  }

  #waitingReason(key: ObjectKey, reason: string): string {
    const { failure } = this.#watch;
    return `${named(key)}: ${reason}${failure === undefined ? '' : ` (as last seen: ${failure.message})`}`;
  }

  /** Deletes the pending requests of volumes that were mounted when the process started: their keys died with the last one. */
  async #sweep(delivered: readonly Delivered[], signal: AbortSignal): Promise<void> {
    try {
      await this.#watch.synced(() => {}, signal);
    } catch {
      return;
    }
    for (const volume of delivered) {
      this.#removeAll(
        volume.volumeId,
        this.#requestsOf(volume).filter(({ state }) => state.kind === 'waiting'),
      );
    }
  }

  /** The volume's requests whose keys are in nobody's memory; a hash that collides is told by the names of node and pod. */
  #requestsOf({ volumeId, pod }: Delivered): readonly CertificateRequest[] {
    return [...this.#requests.inGroup(identifierHash(volumeId))].filter(
      ({ name, podUids, node = this.#nodeId }) => podUids.includes(pod.uid) && node === this.#nodeId && !this.#alive.has(name),
    );
  }

  #trim(object: ApiObject): CertificateRequest {
    const request = readRequest(object);
    return this.#alive.has(request.name) ? request : withoutCertificate(request);
  }

  #removeAll(volumeId: VolumeId, requests: readonly CertificateRequest[]): void {
    for (const { namespace, name } of requests) void this.#remover.remove(volumeId, { namespace, name }, this.#lifetime);
  }
}

type Tell = (why: Waiting) => void;
