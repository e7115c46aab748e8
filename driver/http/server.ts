import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { misconfigured } from '../../node-agent/errors.ts';
import { traceOf } from '../../node-agent/failure.ts';
import type { ListenAddress } from '../flags/values.ts';
import type { Log } from '../report/log.ts';

/** What is sent back, whole. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Answers a GET; `accept` is the request's Accept header, or empty. The signal is aborted once the answer is out or nobody waits for it. */
export type Handler = (accept: string, signal: AbortSignal) => Promise<Reply> | Reply;

/** Handlers by path, such as `/healthz`. */
export type Routes = Readonly<Record<string, Handler>>;

/** A server that listens. */
export interface HttpServer {
  readonly port: number;
  /** Ends every connection, also one whose answer is under way. */
  close(): Promise<void>;
}

/** What to serve at one address; routes without an address are not served. */
export interface Site {
  readonly address?: ListenAddress;
  readonly routes: Routes;
}

const TEXT = 'text/plain; charset=utf-8';

/** Far above what kubelet and a few scrapers need; beyond it connections are refused, so that they cannot use up descriptors. */
const MAX_CONNECTIONS = 64;

/**
 * One server for each address; sites of the same address share it.
 * @throws {AgentError} `misconfigured` naming the address where one cannot be listened on; then none is.
 */
export async function serveSites(sites: readonly Site[], log: Log): Promise<readonly HttpServer[]> {
  const byAddress = new Map<string, { readonly address: ListenAddress; routes: Routes }>();
  for (const { address, routes } of sites) {
    if (address === undefined) continue;
    const shared = byAddress.get(describe(address));
    byAddress.set(describe(address), { address, routes: { ...shared?.routes, ...routes } });
  }
  const servers: HttpServer[] = [];
  try {
    for (const { address, routes } of byAddress.values()) servers.push(await serve(address, routes, log));
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
  return servers;
}

/** A reply of one line of text. */
export function textReply(status: number, text: string): Reply {
  return { status, contentType: TEXT, body: `${text}\n` };
}

async function serve(address: ListenAddress, routes: Routes, log: Log): Promise<HttpServer> {
  const server = createServer((request, response) => void answer(request, response, routes, log));
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  try {
    // Without a host Node listens on :: for both families, or on 0.0.0.0 where there is no IPv6.
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (error) {
    const cure = 'free it, or choose another by --health-bind-address or --metrics-bind-address';
    throw misconfigured('Cannot serve HTTP', [{ field: 'address', value: describe(address), why: (error as Error).message, cure }]);
  }
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answer(request: IncomingMessage, response: ServerResponse, routes: Routes, log: Log): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const path = (request.url ?? '').replace(/\?.*$/s, '');
  const handler = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (handler === undefined) return send(response, textReply(404, `not found; there is ${Object.keys(routes).join(', ')}`));
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, textReply(405, 'only GET and HEAD'));
  }
  try {
    send(response, await handler(request.headers.accept ?? '', gone.signal));
  } catch (error) {
    if (gone.signal.aborted) return;
    log.error('Cannot answer an HTTP request', { path, stack: traceOf(error) });
    send(response, textReply(500, 'internal error; see the log'));
  }
}

function send(response: ServerResponse, { status, contentType, body }: Reply): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function describe({ host = '', port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
