import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** What the admin listener answered. */
export interface AdminReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface AdminAsk {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks over a connection of its own; unlike fetch(), with any Host. */
export async function askAdmin(url: string, { method = 'GET', headers = {}, body }: AdminAsk = {}): Promise<AdminReply> {
  const sent = request(url, { method, agent: false, headers });
  // A server that has answered may close before all of a body is sent.
  sent.on('error', () => undefined);
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() };
}

/** The same, of an answer that is JSON. */
export async function askJson<T>(url: string, ask: AdminAsk = {}): Promise<T> {
  const { status, text } = await askAdmin(url, ask);
  if (status >= 300) throw new Error(`${url} answered ${status}: ${text}`);
  return JSON.parse(text) as T;
}

/** How a renewal is asked for. */
export const RENEW: AdminAsk = { method: 'POST', headers: { 'podcert-admin': '1' } };
