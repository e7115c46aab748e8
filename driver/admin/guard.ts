import { isLoopback } from '../http/loopback.ts';
import type { Guard } from '../http/server.ts';
import { refuse } from './json-reply.ts';

/** What a request that changes something must have, so that no web page can send it across origins without being asked first (Fetch, "CORS-preflight"). */
const HEADER = 'podcert-admin';

/**
 * Refuses what a web page could bring about in the browser of somebody who forwards the port: requests by a name that DNS was made to give
 * for 127.0.0.1, which the browser takes for the page's own origin, and changes without our header.
 */
export const guard: Guard = ({ method, headers }) => {
  const { host = '' } = headers;
  if (!isLocalHost(host))
    return refuse(421, `the Host ${JSON.stringify(host.slice(0, 100))} is not this machine's; ask 127.0.0.1 or localhost`);
  if (method === 'POST' && headers[HEADER] !== '1') return refuse(403, `the header "${HEADER}: 1" is missing`);
  return undefined;
};

/** `localhost`, `127.0.0.1` or `[::1]`, with or without a port. */
function isLocalHost(host: string): boolean {
  const [, bracketed, plain = ''] = /^(?:\[([^[\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host.toLowerCase()) ?? [];
  return plain === 'localhost' || isLoopback(bracketed ?? plain);
}
