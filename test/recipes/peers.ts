import { once } from 'node:events';
import { get as getPlain } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createServer, get } from 'node:https';
import type { Agent } from 'node:https';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createSecureContext } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { Feed } from '../../demo/feed.ts';
import type { Identity } from './identities.ts';

/** Where the recipes' servers listen, and by which name they are known. */
export const SERVER = { host: '127.0.0.1', port: 8443, servername: 'server.mtls-recipes.svc' } as const;
/** Where clients that are proxies take requests from their own pod. */
const PROXY = { host: '127.0.0.1', port: 8080 } as const;
const ANSWER_MS = 10_000;

/** What came of a request: what the other side's certificate was, and what it said. */
export interface Answer {
  readonly status: number;
  readonly serial: string;
  readonly body: string;
}

/** One request to a recipe's server, by default on a connection of its own. @throws whatever either side says against the other. */
export async function askServer(identity: Identity, agent: Agent | false = false): Promise<Answer> {
  const sending = get({ ...SERVER, ...identity, agent, signal: AbortSignal.timeout(ANSWER_MS) });
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  // Before the body is read: a socket that goes back to its agent, or is closed, tells nothing.
  const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
  return { status: response.statusCode ?? 0, serial, body: await text(response) };
}

/** A connection to a recipe's server with the first byte of a handshake (RFC 8446, section 5.1), and no more. */
export async function beginHandshake(): Promise<Socket> {
  const socket = connect(SERVER.port, SERVER.host).on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(Buffer.of(22));
  return socket;
}

/** One request to the proxy beside a program. */
export async function askProxy(): Promise<number> {
  const sending = getPlain({ ...PROXY, agent: false, signal: AbortSignal.timeout(ANSWER_MS) });
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  await text(response);
  return response.statusCode ?? 0;
}

/** A server of ours in place of a recipe's; its feed has the serial of the client's certificate for each request that it answered. */
export interface OwnServer extends AsyncDisposable {
  readonly requests: Feed<string>;
}

/** Listens where a recipe's server would. @param identity is asked at each connection, so that renewals need nothing else. */
export async function openServer(identity: () => Identity): Promise<OwnServer> {
  const requests = new Feed<string>();
  const policy = { requestCert: true, rejectUnauthorized: true };
  const server = createServer(
    { ...policy, ...identity(), SNICallback: (_, done) => done(null, createSecureContext(identity())) },
    (request, response) => {
      requests.push((request.socket as TLSSocket).getPeerCertificate().serialNumber);
      // So that the next request comes with the certificate of that moment.
      response.writeHead(200, { connection: 'close' }).end('hello\n');
    },
  );
  server.listen(SERVER.port, SERVER.host);
  await once(server, 'listening');
  return {
    requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
