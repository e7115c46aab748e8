import { get } from 'node:https';
import { readIdentity } from './identity.mjs';

const { SERVER, EVERY_MS = '5000' } = process.env;

// A new connection each time, with the certificate of that moment. That the server's names fit its host is checked by TLS.
function ask() {
  get(SERVER, { ...readIdentity(), agent: false }, (response) => {
    const { serialNumber, valid_to } = response.socket.getPeerCertificate();
    console.log(`${response.statusCode} from a server with certificate ${serialNumber}, valid to ${valid_to}`);
    response.resume();
  }).on('error', (error) => console.log(`no answer: ${error.message}`));
}
ask();
setInterval(ask, Number(EVERY_MS));
process.once('SIGTERM', () => process.exit(0));
