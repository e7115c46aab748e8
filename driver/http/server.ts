import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { misconfigured } from '../../node-agent/errors.ts';
import { traceOf } from '../../node-agent/failure.ts';
import type { ListenAddress } from '../flags/values.ts';
import type { Log } from '../report/log.ts';
import { findRoute, textReply, type HttpRequest, type Reply, type Routes } from './routes.ts';

// By an import Node.js would read all that the module exports, and load its client of `fetch` for some of that: two megabytes.
const { createServer } = process.getBuiltinModule('node:http');

/** Looks at every request before it is served. @returns a refusal, or undefined for one that may be served. */
export type Guard = (request: Pick<HttpRequest, 'method' | 'headers'>) => Reply | undefined;

/** A server that listens. */
export interface HttpServer {
  readonly port: number;
  /** Ends every connection, also one whose answer is under way. */
  close(): Promise<void>;
}

/** What to serve at one address; routes without an address are not served. */
export interface Site {
  /** The flag that says where, for whoever has to change it. */
  readonly flag: string;
  readonly address?: ListenAddress | undefined;
  readonly routes: Routes;
  /** Of all that is served at the address. */
  readonly guard?: Guard;
}

/** Far above what kubelet and a few scrapers need; beyond it connections are refused, so that they cannot use up descriptors. */
const MAX_CONNECTIONS = 64;

/** A page that shows itself alone, loads nothing, is in no frame, and is no part of anybody else's (CSP 3, Fetch "Cross-Origin-Resource-Policy"). */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * One server for each address; sites of the same address share it.
 * @throws {AgentError} `misconfigured` naming the address and its flag where one cannot be listened on; then none is.
 */
export async function serveSites(sites: readonly Site[], log: Log): Promise<readonly HttpServer[]> {
  const byAddress = new Map<string, Site & { readonly address: ListenAddress }>();
  for (const { address, ...site } of sites) {
    if (address === undefined) continue;
    const other = byAddress.get(describe(address));
    const shared = other && { flag: `${other.flag} or ${site.flag}`, routes: { ...other.routes, ...site.routes } };
    byAddress.set(describe(address), { ...other, ...site, ...shared, address });
  }
  const servers: HttpServer[] = [];
  try {
    for (const site of byAddress.values()) servers.push(await serve(site, site.address, log));
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
  return servers;
}

async function serve(site: Site, address: ListenAddress, log: Log): Promise<HttpServer> {
  const server = createServer((request, response) => void answer(request, response, site, log));
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  // Whoever does not read what they asked for holds its memory no longer than this.
  server.timeout = 30_000;
  try {
    // Without a host Node listens on :: for both families, or on 0.0.0.0 where there is no IPv6.
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (error) {
    const cure = `free it, or choose another by ${site.flag}`;
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

async function answer(request: IncomingMessage, response: ServerResponse, { routes, guard }: Site, log: Log): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { url = '', headers, method = '' } = request;
  if (hasBody(headers)) return send(response, { ...textReply(413, 'no body is taken'), headers: { connection: 'close' } });
  const refusal = guard?.({ method, headers });
  if (refusal !== undefined) return send(response, refusal);
  const [path = '', ...queries] = url.split('?');
  const found = findRoute(routes, method, path);
  switch (found.kind) {
    case 'missing':
      return send(response, textReply(404, `not found; there is ${found.paths.join(', ')}`));
    case 'method':
      return send(response, { ...textReply(405, `only ${found.allowed}`), headers: { allow: found.allowed } });
    case 'found':
      break;
    default:
      found satisfies never;
  }
  try {
    const asked = { method, wildcard: found.wildcard, query: new URLSearchParams(queries.join('?')), headers };
    send(response, await found.handler(asked, gone.signal));
  } catch (error) {
    if (gone.signal.aborted) return;
    log.error('Cannot answer an HTTP request', { path: found.path, stack: traceOf(error) });
    send(response, textReply(500, 'internal error; see the log'));
  }
}

/** Whether one follows (RFC 9112 section 6.3), which nobody here would read. */
function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

function send(response: ServerResponse, { status, contentType, body, headers }: Reply): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body), ...HEADERS, ...headers });
  response.end(body);
}

function describe({ host = '', port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
