import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { text } from 'node:stream/consumers';
import { readIdentity } from './identity-files.ts';
import { lookAround } from './look-around.ts';
import { readArguments, tell } from './pod-messages.ts';
import type { Answered, ClientArguments, PodMessage } from './pod-messages.ts';

/** Between two requests; each makes a TLS connection of its own. */
const PAUSE_MS = 20;
const ANSWER_MS = 5_000;

/** Sends one request after another until SIGTERM; one alone when it comes without a certificate. */
const pod = readArguments() as ClientArguments;
tell({ kind: 'view', view: lookAround(pod.folder, pod.hidden) });

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
do {
  tell(await ask());
  await pause(PAUSE_MS);
} while (pod.showsCertificate && !stopping.signal.aborted);
process.disconnect();

async function ask(): Promise<PodMessage> {
  try {
    return await request();
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  }
}

/** The files are read for each connection: a renewal needs nothing else of a client. */
async function request(): Promise<Answered> {
  const { key, cert, ca } = readIdentity(pod.folder);
  const sending = get({
    host: '127.0.0.1',
    port: pod.port,
    // What the server's certificate must be for.
    servername: pod.serverName,
    ca,
    ...(pod.showsCertificate && { key, cert }),
    minVersion: 'TLSv1.3',
    agent: false,
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  const connection = response.socket as TLSSocket;
  const server = { protocol: connection.getProtocol() ?? '', serverSerial: connection.getPeerCertificate().serialNumber };
  const client = JSON.parse(await text(response)) as Pick<Answered, 'clientSerial' | 'clientNames'>;
  return { kind: 'answered', ...server, ...client };
}
