import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Connection } from '../../node-agent/kubernetes/connection.ts';
import { openKubeconfig } from '../../node-agent/kubernetes/kubeconfig.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { makeTlsIdentity } from './tls-identity.ts';

/** A call as the proxy sees it come. */
export interface SeenCall {
  readonly verb: 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete';
  readonly path: string;
  readonly query: URLSearchParams;
  /** The bearer token, where one came. */
  readonly token?: string;
  readonly hasClientCertificate: boolean;
}

/** What is to go wrong with a call. */
export type Fault =
  /** Answered by the proxy; a string is sent as it is. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: object | string;
    }
  /** The connection is cut before the server hears of the call. */
  | { readonly kind: 'cut' }
  /** The server does what it was asked, and the connection is cut before its answer. */
  | { readonly kind: 'lose-answer' }
  /** The server's answer has a head, and no body ever; the connection stays. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'slow'; readonly until: Promise<void> };

/**
 * A TLS proxy in front of a Kubernetes API: it counts the calls, and what goes wrong on the way goes wrong in it. Its kubeconfig has
 * a client certificate; who comes with a bearer token is passed on with that.
 */
export class FaultProxy {
  /** The kubeconfig file by which the API is reached through the proxy. */
  readonly kubeconfig: string;
  readonly calls: SeenCall[] = [];
  /** Asked once a call. */
  faultOf: (call: SeenCall) => Fault | undefined = () => undefined;
  /** The most calls other than watches that were under way at once. */
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #watches = new Set<ServerResponse>();
  readonly #upstream: Connection;
  readonly #close: () => Promise<void>;

  private constructor(kubeconfig: string, upstream: Connection, close: () => Promise<void>) {
    this.kubeconfig = kubeconfig;
    this.#upstream = upstream;
    this.#close = close;
  }

  static async start(upstreamKubeconfig: string): Promise<FaultProxy> {
    const identity = await makeTlsIdentity();
    const server = createServer({ ...identity, requestCert: true, rejectUnauthorized: false });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const kubeconfig = await writeKubeconfig(`https://127.0.0.1:${port}`, identity.cert, await makeTlsIdentity());
    const upstream = openKubeconfig(upstreamKubeconfig);
    const proxy = new FaultProxy(kubeconfig.path, upstream, async () => {
      server.close();
      server.closeAllConnections();
      upstream.close();
      await kubeconfig.remove();
    });
    server.on('request', (request, response) => void proxy.#serve(request, response).catch(() => request.destroy()));
    return proxy;
  }

  /** How many calls other than watches are under way. */
  get underWay(): number {
    return this.#atOnce;
  }

  /** How many calls of a verb have come so far. */
  count(verb: SeenCall['verb']): number {
    return this.calls.filter((call) => call.verb === verb).length;
  }

  /** Cuts the watches that are open. */
  cutWatches(): void {
    for (const response of this.#watches) response.destroy();
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = describe(request);
    this.calls.push(call);
    if (call.verb === 'watch') {
      this.#watches.add(response);
      response.on('close', () => this.#watches.delete(response));
    } else {
      this.#atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
      response.on('close', () => (this.#atOnce -= 1));
    }
    const fault = this.faultOf(call);
    if (fault?.kind === 'slow') await fault.until;
    if (fault?.kind === 'cut') return void request.destroy();
    if (fault?.kind === 'answer') return answer(response, fault);
    await this.#forward(request, response, call.token, fault?.kind);
  }

  async #forward(
    request: IncomingMessage,
    response: ServerResponse,
    token: string | undefined,
    fault: Fault['kind'] | undefined,
  ): Promise<void> {
    const { agent, headers } = await this.#upstream.credentials(token);
    const url = new URL(request.url ?? '/', this.#upstream.server);
    const type = request.headers['content-type'];
    const sent = type === undefined ? headers : { ...headers, 'content-type': type };
    const outgoing = forward(url, { agent, method: request.method, headers: sent });
    response.on('close', () => outgoing.destroy());
    outgoing.on('error', () => response.destroy());
    outgoing.on('response', (incoming) => {
      if (fault === 'lose-answer') return response.destroy();
      response.writeHead(incoming.statusCode ?? 502, { 'content-type': incoming.headers['content-type'] ?? '' }).flushHeaders();
      if (fault === 'silent') return incoming.resume();
      incoming.on('error', () => response.destroy());
      return incoming.pipe(response);
    });
    request.pipe(outgoing);
  }
}

function answer(response: ServerResponse, fault: Extract<Fault, { kind: 'answer' }>): void {
  const body = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body);
  response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(body);
}

function describe(request: IncomingMessage): SeenCall {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://proxy');
  const token = request.headers.authorization?.replace(/^Bearer /, '');
  return {
    verb: verbOf(request.method, pathname, searchParams),
    path: pathname,
    query: searchParams,
    ...(token !== undefined && { token }),
    hasClientCertificate: (request.socket as TLSSocket).getPeerX509Certificate() !== undefined,
  };
}

function verbOf(method: string | undefined, path: string, query: URLSearchParams): SeenCall['verb'] {
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  if (method === 'DELETE') return 'delete';
  if (query.has('watch')) return 'watch';
  return /\/(certificaterequests|nodes)\/[^/]+$/.test(path) ? 'get' : 'list';
}
