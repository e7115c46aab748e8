import type { Clock } from '../clock.ts';
import { createSlots, type Load } from '../slots.ts';
import { ApiError } from './api-error.ts';
import { readList, readObject, type ApiObject, type ObjectList, type Resource, type Selector } from './api-object.ts';
import type { Connection } from './connection.ts';
import { withDeadline } from './deadline.ts';
import type { ObjectKey } from './object-cache.ts';
import { call, openCall, type ApiCall } from './transport.ts';
import { readWatch, type WatchEvent } from './watch-stream.ts';

/**
 * The Kubernetes API as far as this node needs it. Nothing is retried here: what may be repeated, only the caller knows.
 * Every call throws `ApiError` where it did not succeed, and `signal.reason` once aborted.
 */
export interface KubernetesApi {
  create(resource: Resource, namespace: string, object: object, signal: AbortSignal): Promise<void>;
  /** Calls with a bearer token of somebody else's, and with nothing of our own credentials. */
  as(token: string): Pick<KubernetesApi, 'create'>;
  /** Makes the object, or makes the one of that name so (Kubernetes API concepts, "Server-Side Apply"); any number of times. */
  apply(resource: Resource, key: ObjectKey, object: object, signal: AbortSignal): Promise<void>;
  /** An object of the cluster: one that lies in no namespace. */
  readOfCluster(resource: Resource, name: string, signal: AbortSignal): Promise<ApiObject>;
  /** Changes an object of the cluster by operations of a JSON patch (RFC 6902), all of them or none. */
  patchOfCluster(resource: Resource, name: string, operations: readonly object[], signal: AbortSignal): Promise<void>;
  /** Sends an object that is not kept but answered. */
  review(resource: Resource, object: object, signal: AbortSignal): Promise<Reviewed>;
  /** Objects of all namespaces that the selector selects. */
  list(resource: Resource, selector: Selector, signal: AbortSignal): Promise<ObjectList>;
  /** @returns false when there is no such object. */
  delete(resource: Resource, key: ObjectKey, signal: AbortSignal): Promise<boolean>;
  /**
   * Resolves once the server has accepted the watch. It is not counted among the calls in flight and has no deadline: the
   * caller aborts one that is silent for too long. The iteration throws `ApiError`, also where the connection is lost.
   */
  watch(resource: Resource, query: WatchQuery, signal: AbortSignal): Promise<AsyncIterable<WatchEvent>>;
  /** For gauges: the calls now, but for watches. */
  readonly calls: Load;
  /** Closes idle connections, each of which holds a tenth of a megabyte; those of calls under way stay, and the next call opens one. */
  close(): void;
}

/** What the API server answered to an object that it does not keep, and when by its own clock. */
export interface Reviewed {
  readonly body: unknown;
  readonly serverAt: Date | undefined;
}

/** An answer of the API server. */
export interface ApiAnswer {
  readonly method: string;
  readonly host: string;
  /** Absent where none came. */
  readonly status: number | undefined;
}

/** What a watch tells, from when on, and for how long. */
export interface WatchQuery {
  readonly selector: Selector;
  /** Events after this version are told. */
  readonly resourceVersion: string;
  /** When the server is to end the watch. */
  readonly timeoutSeconds: number;
}

/** A burst of pods must not take the API server's share of other nodes, nor one connection each. */
const MOST_CALLS_IN_FLIGHT = 32;
const CALL_DEADLINE_MS = 30_000;

/** The API at the other end of a connection, which is closed with it. @param answered told how each call was answered. */
export function createKubernetesApi(connection: Connection, clock: Clock, answered: (answer: ApiAnswer) => void = () => {}): KubernetesApi {
  const slots = createSlots(MOST_CALLS_IN_FLIGHT);
  const tell = (method: string) => (status: number | undefined) => answered({ method, host: connection.server.host, status });
  const answerInTime = (apiCall: ApiCall, signal: AbortSignal) => {
    const reason = () => new ApiError(`Cannot ${apiCall.method} ${apiCall.path}: no answer within ${CALL_DEADLINE_MS / 1_000} s`);
    const deadline = { clock, deadlineMs: CALL_DEADLINE_MS, reason };
    return withDeadline(deadline, (signal) => call(connection, telling(apiCall, tell(apiCall.method)), signal), signal);
  };
  const ask = (apiCall: ApiCall, signal: AbortSignal) => slots.run(() => answerInTime(apiCall, signal), signal);
  const creating = (caller: Pick<ApiCall, 'token'>): Pick<KubernetesApi, 'create'> => ({
    async create(resource, namespace, object, signal) {
      await ask({ method: 'POST', path: pathOf(resource, { namespace }), body: object, ...caller }, signal);
    },
  });
  return {
    ...creating({}),
    as: (token) => creating({ token }),
    async apply(resource, key, object, signal) {
      await ask(applyCall(pathOf(resource, key), object), signal);
    },
    ...objectsOfCluster(ask),
    async list(resource, selector, signal) {
      return readList(await ask({ method: 'GET', path: pathOf(resource), query: { ...selector } }, signal));
    },
    async delete(resource, key, signal) {
      try {
        await ask({ method: 'DELETE', path: pathOf(resource, key) }, signal);
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.reason === 'NotFound') return false;
        throw error;
      }
    },
    async watch(resource, query, signal) {
      return readWatch(await openCall(connection, { ...watchCall(pathOf(resource), query), answered: tell('GET') }, signal));
    },
    calls: slots,
    close: () => connection.close(),
  };
}

function telling(apiCall: ApiCall, answered: (status: number | undefined) => void): ApiCall {
  return { ...apiCall, answered: (status, date) => (answered(status), apiCall.answered?.(status, date)) };
}

type Ask = (apiCall: ApiCall, signal: AbortSignal) => Promise<unknown>;

async function review(ask: Ask, resource: Resource, body: object, signal: AbortSignal): Promise<Reviewed> {
  let serverMs = Number.NaN;
  const answered = (_: number | undefined, date = '') => (serverMs = Date.parse(date));
  const answer = await ask({ method: 'POST', path: pathOf(resource), body, answered }, signal);
  return { body: answer, serverAt: Number.isNaN(serverMs) ? undefined : new Date(serverMs) };
}

function objectsOfCluster(ask: Ask): Pick<KubernetesApi, 'readOfCluster' | 'patchOfCluster' | 'review'> {
  return {
    review: (resource, object, signal) => review(ask, resource, object, signal),
    async readOfCluster(resource, name, signal) {
      return readObject(await ask({ method: 'GET', path: pathOf(resource, { name }) }, signal));
    },
    async patchOfCluster(resource, name, operations, signal) {
      const contentType = 'application/json-patch+json';
      await ask({ method: 'PATCH', path: pathOf(resource, { name }), body: operations, contentType }, signal);
    },
  };
}

/** Whoever else has a say in the object's fields is overruled: it is ours. JSON is YAML. */
function applyCall(path: string, body: object): ApiCall {
  return { method: 'PATCH', path, query: { fieldManager: 'podcert', force: 'true' }, body, contentType: 'application/apply-patch+yaml' };
}

function watchCall(path: string, { selector, resourceVersion, timeoutSeconds }: WatchQuery): ApiCall {
  const query = { ...selector, resourceVersion, timeoutSeconds: `${timeoutSeconds}`, watch: '1', allowWatchBookmarks: 'true' };
  return { method: 'GET', path, query };
}

/** Kubernetes API concepts, "Resource URIs". */
function pathOf({ group, version, plural }: Resource, { namespace, name }: Partial<ObjectKey> = {}): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
