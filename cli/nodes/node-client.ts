import { Agent, request, type IncomingMessage } from 'node:http';
import type { ChecksAnswer, NodeAnswer, RenewalAnswer, VolumeAnswer } from '../../driver/admin/answers.ts';
import { CliFailure } from '../failure.ts';
import { safeText } from '../output/safe-text.ts';
import { isChecksAnswer, isNodeAnswer, isRenewalAnswer, isVolumeAnswer } from './judge-answers.ts';
import type { Forward } from './port-forward.ts';
import { withinTime } from './time-limit.ts';

/** What the admin listener of one node can be asked. Each of them @throws {CliFailure}. */
export interface NodeClient {
  volumes(signal: AbortSignal): Promise<NodeAnswer>;
  /** Undefined for one that the node does not know, or no longer. */
  volume(volumeId: string, signal: AbortSignal): Promise<VolumeAnswer | undefined>;
  /** @throws {NodeRefusal} where the driver does not take it. */
  renew(volumeId: string, signal: AbortSignal): Promise<RenewalAnswer>;
  checks(signal: AbortSignal): Promise<ChecksAnswer>;
}

/** The driver answered, and what it answered is no. */
export class NodeRefusal extends CliFailure {
  override readonly name = 'NodeRefusal';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** More than any node has to say; a stolen one might say more. */
const MAX_BYTES = 32 * 1024 * 1024;
/** A connection for each request: kubectl closes them as it likes. Never the proxy that the environment may name. */
const agent = new Agent({ keepAlive: false });

/** Asks over a forward, for each answer within a time. Nothing of the user's goes along: no token, no name. Redirects are not followed, since a node must not choose whom we ask. */
export function nodeClient(forward: Forward, limitMs: number): NodeClient {
  const get = <Answer>(path: string, isSound: (answer: unknown) => answer is Answer, signal: AbortSignal) =>
    withinTime(limitMs, (until) => ask(forward, 'GET', path, isSound, until), signal);
  return {
    volumes: (signal) => get('/v1/volumes', isNodeAnswer, signal),
    volume: (volumeId, signal) =>
      get(`/v1/volumes/${encodeURIComponent(volumeId)}`, isVolumeAnswer, signal).catch((error: unknown) => {
        if (error instanceof NodeRefusal && error.status === 404) return undefined;
        throw error;
      }),
    renew(volumeId, signal) {
      const path = `/v1/volumes/${encodeURIComponent(volumeId)}/renew`;
      return withinTime(limitMs, (until) => ask(forward, 'POST', path, isRenewalAnswer, until), signal);
    },
    checks: (signal) => get('/v1/checks', isChecksAnswer, signal),
  };
}

async function ask<Answer>(
  forward: Forward,
  method: 'GET' | 'POST',
  path: string,
  isSound: (answer: unknown) => answer is Answer,
  signal: AbortSignal,
): Promise<Answer> {
  const { status, body } = await exchange(forward, method, path, signal).catch(async (error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof CliFailure) throw error;
    throw (await forward.explain(signal)) ?? new CliFailure(`${method} ${path}: ${(error as Error).message}`);
  });
  const answer = parse(body);
  if (status < 200 || status > 299) throw new NodeRefusal(`${method} ${path}: the driver answers ${status}${refusalOf(answer)}`, status);
  if (!isSound(answer)) {
    throw new CliFailure(
      `${method} ${path}: what answers is not an admin listener that this version understands`,
      'take the kubectl-podcert of the same version as the driver',
    );
  }
  return answer;
}

async function exchange(
  forward: Forward,
  method: string,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  const headers = method === 'POST' ? { 'podcert-admin': '1', 'content-length': '0' } : {};
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port: forward.localPort, method, path, headers, agent, signal }, resolve).once('error', reject).end();
  });
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BYTES) throw new CliFailure(`${method} ${path}: the answer is longer than ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function refusalOf(answer: unknown): string {
  const said = (answer as { readonly error?: unknown } | undefined)?.error;
  return typeof said === 'string' ? `: ${safeText(said.slice(0, 1_000))}` : '';
}
