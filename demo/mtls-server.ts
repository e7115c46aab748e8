import { watch } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { readIdentity } from './identity-files.ts';
import { lookAround } from './look-around.ts';
import { readArguments, tell } from './pod-messages.ts';
import type { PodArguments } from './pod-messages.ts';

/** No certificate of our CA, no connection. */
const POLICY = { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' } as const;

/** An HTTPS server that answers with whom it talks to, and takes up new files without a restart. */
const pod = readArguments() as PodArguments;
tell({ kind: 'view', view: lookAround(pod.folder, pod.hidden) });

const server = createServer(POLICY, (request, response) => {
  const { serialNumber, subjectaltname = '' } = (request.socket as TLSSocket).getPeerCertificate();
  response.end(JSON.stringify({ clientSerial: serialNumber, clientNames: subjectaltname }));
});
server.on('tlsClientError', (error) => tell({ kind: 'refused', reason: error.message }));

// A renewal renames `..data`: from then on new connections see the new certificate, and those that are open go on.
// Watched before the first look, so that no renewal falls between.
watch(pod.folder, (_, name) => {
  if (name === '..data') tell({ kind: 'reloaded', serial: load() });
});
load();
server.listen(0, '127.0.0.1', () => tell({ kind: 'listening', port: (server.address() as AddressInfo).port }));

/** @returns the serial of the certificate that is shown from now on. */
function load(): string {
  const { serial, ...identity } = readIdentity(pod.folder);
  server.setSecureContext({ ...identity, ...POLICY });
  return serial;
}
