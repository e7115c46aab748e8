import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../node-agent/clock.ts';
import type { Clock } from '../../node-agent/clock.ts';
import { ApiStore, Refusal, type Selection, type StoredObject, type WatchLine } from './api-store.ts';
import { requireEvent } from './event-rules.ts';
import { patched, type Operation } from './json-patch.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { makeTlsIdentity } from './tls-identity.ts';

/** A Kubernetes API in this process. */
export interface ApiServer {
  /** The kubeconfig file of a user who may do everything. */
  readonly kubeconfig: string;
  /** Forgets the history that watches resume from. */
  compact(): void;
  close(): Promise<void>;
}

/** Somebody who may create CertificateRequests and nothing else, or not even that. */
export interface ApiUser {
  readonly username: string;
  readonly mayCreate: boolean;
}

/** Users by their bearer tokens; may be changed while the server runs. */
export type ApiUsers = Map<string, ApiUser>;

const TOKEN = 'the-token-of-the-test';
const REQUESTS = 'cert-manager.io/certificaterequests';
/** What the user of the tests asks of its own rights, who has all. */
const REVIEWS = 'authorization.k8s.io/selfsubjectaccessreviews';
const BOOKMARK_MS = 60_000;

/**
 * Starts an HTTPS server that serves objects of any group with a status subresource as kube-apiserver does custom resources:
 * GET, LIST, WATCH, POST, PUT, PUT status, PATCH by one who applies all that there is or by JSON patch, DELETE. Nothing but the token is checked;
 * every namespace exists. A CertificateRequest says who created it, as cert-manager's admission webhook makes it say. Watches are ended and
 * get their bookmarks by the clock.
 */
export async function startApiServer(users: ApiUsers = new Map(), clock: Clock = systemClock): Promise<ApiServer> {
  const store = new ApiStore();
  const identity = await makeTlsIdentity();
  const server = createServer(identity, (request, response) => void answer({ store, users, clock }, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfig = await writeKubeconfig(`https://127.0.0.1:${port}`, identity.cert, { token: TOKEN });
  return {
    kubeconfig: kubeconfig.path,
    compact: () => store.compact(),
    async close() {
      server.close();
      server.closeAllConnections();
      await kubeconfig.remove();
    },
  };
}

interface Parts {
  readonly store: ApiStore;
  readonly users: ApiUsers;
  readonly clock: Clock;
}

async function answer({ store, users, clock }: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const username = authenticate(users, request);
    const url = new URL(request.url ?? '/', 'https://server');
    const target = parsePath(url.pathname);
    if (target === undefined) throw new Refusal(404, '', '404 page not found');
    if (url.searchParams.has('watch')) await watch({ store, clock }, selectionOf(target, url), url, response);
    else {
      const body = createdBy(username, target, await readJson(request));
      send(response, request.method === 'POST' ? 201 : 200, perform(store, methodOf(request), target, url, body));
    }
  } catch (error) {
    const { status, reason, message } = error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error));
    send(response, status, statusObject(status, reason, message));
  }
}

/** @returns the user, who may do what is asked. */
function authenticate(users: ApiUsers, { method, headers, url = '' }: IncomingMessage): string {
  const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
  if (token === TOKEN) return 'the-test';
  const user = users.get(token);
  if (user === undefined) throw new Refusal(401, 'Unauthorized', 'Unauthorized');
  if (user.mayCreate && method === 'POST' && url.endsWith('/certificaterequests')) return user.username;
  const what = `User "${user.username}" cannot ${method === 'POST' ? 'create' : 'get'} resource "certificaterequests"`;
  throw new Refusal(403, 'Forbidden', `certificaterequests.cert-manager.io is forbidden: ${what} in API group "cert-manager.io"`);
}

/** Whatever a request says of its creator, it says who that is. */
function createdBy(username: string, { collection, name }: Target, body: unknown): unknown {
  const request = body as { readonly spec?: object } | undefined;
  if (collection !== REQUESTS || name !== undefined || request === undefined) return body;
  return { ...request, spec: { ...request.spec, username } };
}

/** Of the kinds of PATCH two are served. */
function methodOf({ method, headers }: IncomingMessage): string | undefined {
  if (method !== 'PATCH') return method;
  const kinds: Readonly<Record<string, string>> = { 'application/apply-patch+yaml': 'APPLY', 'application/json-patch+json': 'JSON-PATCH' };
  return kinds[headers['content-type'] ?? ''];
}

interface Target {
  readonly collection: string;
  readonly kind: { readonly apiVersion: string; readonly kind: string };
  readonly namespace?: string;
  readonly name?: string;
  readonly isStatus: boolean;
}

function parsePath(path: string): Target | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+)(\/status)?)?$/.exec(path);
  if (match === null) return undefined;
  const [, group = '', version = '', namespace, plural, name, status] = match;
  return {
    collection: `${group}/${plural}`,
    kind: { apiVersion: group === '' ? version : `${group}/${version}`, kind: 'List' },
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    isStatus: status !== undefined,
  };
}

function perform(store: ApiStore, method: string | undefined, target: Target, url: URL, body: unknown): unknown {
  const { collection, namespace = '', name, isStatus, kind } = target;
  if (method === 'GET' && name === undefined)
    return { ...kind, metadata: { resourceVersion: store.version }, items: store.list(selectionOf(target, url)) };
  if (method === 'GET' && name !== undefined) return store.get(collection, namespace, name);
  if (method === 'POST' && collection === REVIEWS) return { ...(body as object), status: { allowed: true } };
  if (method === 'POST' && name === undefined) return store.create(collection, namespace, body as Record<string, unknown>);
  if (method === 'PUT' && name !== undefined) return store.replace(collection, isStatus ? 'status' : 'rest', body as StoredObject);
  if (method === 'APPLY' && name !== undefined) return apply(store, target, url, body as Record<string, unknown>);
  if (method === 'JSON-PATCH' && name !== undefined)
    return store.replace(collection, 'rest', patched(store.get(collection, namespace, name), body as Operation[]));
  if (method === 'DELETE' && name !== undefined) return statusOfDeleted(store.delete(collection, namespace, name));
  throw new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

/** Server-side apply by the only manager of the object: what is there becomes what was sent. */
function apply(store: ApiStore, { collection, namespace = '', name = '' }: Target, url: URL, sent: Record<string, unknown>): StoredObject {
  if (!url.searchParams.get('fieldManager')) throw new Refusal(422, 'Invalid', 'fieldManager: is required for apply patch');
  const before = store.list({ collection, namespace, labels: {}, fields: {} }).find(({ metadata }) => metadata.name === name);
  if (collection === 'events.k8s.io/events') requireEvent(before, sent);
  return before === undefined ? store.create(collection, namespace, sent) : store.replace(collection, 'rest', sent as StoredObject);
}

async function watch(
  { store, clock }: Pick<Parts, 'store' | 'clock'>,
  selection: Selection,
  { searchParams }: URL,
  response: ServerResponse,
): Promise<void> {
  const tell = (line: WatchLine) => void response.write(`${JSON.stringify(line)}\n`);
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  const ended = new AbortController();
  response.on('close', () => ended.abort());
  try {
    const stop = store.follow(selection, searchParams.get('resourceVersion') ?? '', tell);
    ended.signal.addEventListener('abort', stop);
    const bookmark = () => tell({ type: 'BOOKMARK', object: { metadata: { resourceVersion: store.version } } });
    const isWanted = searchParams.get('allowWatchBookmarks') === 'true';
    const timeoutMs = Number(searchParams.get('timeoutSeconds') ?? '300') * 1_000;
    await liveFor(timeoutMs, clock, isWanted ? bookmark : () => {}, ended.signal);
    stop();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell({ type: 'ERROR', object: statusObject(error.status, error.reason, error.message) });
  }
  response.end();
}

/** Bookmarks come every minute, and two seconds before the end. */
async function liveFor(timeoutMs: number, clock: Clock, bookmark: () => void, signal: AbortSignal): Promise<void> {
  const lastMs = timeoutMs - 2_000;
  try {
    for (let livedMs = 0; livedMs < lastMs; livedMs += BOOKMARK_MS) {
      await clock.sleep(Math.min(BOOKMARK_MS, lastMs - livedMs), signal);
      bookmark();
    }
    await clock.sleep(Math.min(2_000, timeoutMs), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function selectionOf({ collection, namespace }: Target, { searchParams }: URL): Selection {
  const [labels, fields] = [termsOf(searchParams.get('labelSelector')), termsOf(searchParams.get('fieldSelector'))];
  return { collection, labels, fields, ...(namespace === undefined ? {} : { namespace }) };
}

/** The terms of a selector, of which we know but `name=value`. */
function termsOf(selector: string | null): Readonly<Record<string, string>> {
  const terms = (selector ?? '').split(',').filter(Boolean);
  return Object.fromEntries(terms.map((term) => term.split('=') as [string, string]));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new Refusal(400, 'BadRequest', 'the body is not JSON');
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function statusObject(code: number, reason: string, message: string): object {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', reason, message, code };
}

function statusOfDeleted({ metadata }: StoredObject): object {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', details: { name: metadata.name, uid: metadata.uid } };
}
