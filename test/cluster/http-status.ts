import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { STATE } from './folders.ts';

const TIMEOUT_MS = 2_000;

/** Asks a server of the cluster, which must show the cluster's certificate. @returns the status of its answer. @throws where there is none within 2 s. */
export async function httpStatus(url: string, signal: AbortSignal): Promise<number> {
  const options = { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]), agent: false };
  const request: ClientRequest = url.startsWith('https:')
    ? requestHttps(url, { ...options, ca: await readFile(join(STATE, 'pki', 'ca.crt')) })
    : requestHttp(url, options);
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}
