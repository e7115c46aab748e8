import { X509Certificate } from 'node:crypto';
import { watch } from 'node:fs';
import { createServer } from 'node:https';
import { directory, readIdentity } from './identity.mjs';

const { ALLOWED_CLIENT, PORT = '8443' } = process.env;

// requestCert and rejectUnauthorized: no certificate of our CA, no connection. minVersion: certificates travel encrypted.
const options = { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' };

const server = createServer({ ...readIdentity(), ...options }, (request, response) => {
  // That our CA signed it says that the client is one of ours; its name says which.
  const names = new X509Certificate(request.socket.getPeerCertificate().raw).subjectAltName?.split(', ') ?? [];
  const isAllowed = names.includes(`URI:${ALLOWED_CLIENT}`);
  response.writeHead(isAllowed ? 200 : 403).end(isAllowed ? 'hello\n' : 'not you\n');
});

function load() {
  try {
    server.setSecureContext({ ...readIdentity(), ...options });
  } catch (error) {
    console.error(`Cannot take the new certificate, the old one stays: ${error.message}`);
  }
}

// A renewal renames `..data`; connections from then on see the new certificate, those that are open go on.
watch(directory, load);
// Once more, for a renewal that came before the watch.
load();
server.listen(Number(PORT), () => console.log(`serving on port ${server.address().port}`));
process.once('SIGTERM', () => process.exit(0));
