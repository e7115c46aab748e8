import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { ApiError, errorOfStatus } from './api-error.ts';
import { waitUntilAborted } from '../wait.ts';
import type { Connection } from './connection.ts';

/** One request to the API server. */
export interface ApiCall {
  readonly method: string;
  /** Begins with `/`; its segments are encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** A bearer token in place of our own credentials. */
  readonly token?: string;
  /** Of the body; default `application/json`. */
  readonly contentType?: string;
  /** Told of the status of the answer, or of undefined where none came, and of its header `Date`. */
  readonly answered?: (status: number | undefined, date?: string) => void;
}

/** More than a list of all requests of a full node comes to; a longer answer is an error, not an exhausted node. */
const LONGEST_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Sends a call and returns the answer as soon as its head is there, if it is a success; the body is still to be read.
 * @throws {ApiError} for any other answer, and where none came; `signal.reason` once aborted.
 */
export async function openCall(connection: Connection, call: ApiCall, signal: AbortSignal): Promise<IncomingMessage> {
  const couldNot = `Cannot ${call.method} ${call.path}`;
  const response = await send(connection, call, signal).catch((error: unknown) => {
    call.answered?.(undefined);
    signal.throwIfAborted();
    throw unanswered(couldNot, error);
  });
  const status = response.statusCode ?? 0;
  call.answered?.(status, response.headers.date);
  if (status >= 200 && status < 300) return response;
  const retryAfterMs = readRetryAfter(response.headers['retry-after']);
  const body = await readBody(couldNot, response, signal);
  throw errorOfStatus(couldNot, parseJson(body), { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** Sends a call and reads its answer, which must be JSON. @throws {ApiError} and `signal.reason`, as `openCall`. */
export async function call(connection: Connection, apiCall: ApiCall, signal: AbortSignal): Promise<unknown> {
  const couldNot = `Cannot ${apiCall.method} ${apiCall.path}`;
  const response = await openCall(connection, apiCall, signal);
  const body = parseJson(await readBody(couldNot, response, signal));
  if (body === undefined) throw new ApiError(`${couldNot}: the answer is not JSON`);
  return body;
}

async function send(connection: Connection, apiCall: ApiCall, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, path, query, body, contentType, token } = apiCall;
  // An exec plugin that hangs must not hold the call beyond its deadline.
  const { agent, headers } = await waitUntilAborted(connection.credentials(token), signal, (reason) => reason);
  const url = new URL(connection.server);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
  url.search = new URLSearchParams(query).toString();
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const sent: Record<string, string> = { accept: 'application/json', 'user-agent': 'podcert', ...headers };
  if (payload !== undefined)
    Object.assign(sent, { 'content-type': contentType ?? 'application/json', 'content-length': `${Buffer.byteLength(payload)}` });
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers: sent, signal }, resolve);
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

async function readBody(couldNot: string, response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > LONGEST_BODY_BYTES) throw new Error(`the answer is longer than ${LONGEST_BODY_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw unanswered(couldNot, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** No answer came, or not all of it: whether the call had its effect is unknown. */
function unanswered(couldNot: string, cause: unknown): ApiError {
  return new ApiError(`${couldNot}: ${describe(cause)}`, { cause });
}

/** A connection that failed on every address of a name is an AggregateError without a message. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Kubernetes sends Retry-After in seconds only, never as a date. */
function readRetryAfter(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : undefined;
}
