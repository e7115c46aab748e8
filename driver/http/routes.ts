import type { IncomingHttpHeaders } from 'node:http';

/** What is asked, as far as handlers need it; a body is never taken. */
export interface HttpRequest {
  readonly method: string;
  /** What stands for the `*` of the route's path, decoded; empty without one. */
  readonly wildcard: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** What is sent back, whole. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Besides, or in place of, those that every reply has; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request. The signal is aborted once the answer is out or nobody waits for it. */
export type Handler = (request: HttpRequest, signal: AbortSignal) => Promise<Reply> | Reply;

/**
 * Handlers by method and path, such as `GET /healthz`; GET stands for HEAD too. In a path one segment may be `*`, which stands for
 * any segment but an empty one.
 */
export type Routes = Readonly<Record<string, Handler>>;

/** What there is for a method and a path; `path` as the table has it. */
export type Found =
  | { readonly kind: 'found'; readonly path: string; readonly handler: Handler; readonly wildcard: string }
  /** The path is served, but not by this method. */
  | { readonly kind: 'method'; readonly allowed: string }
  | { readonly kind: 'missing'; readonly paths: readonly string[] };

/** Looks for what serves a path. A segment that is not sound percent-encoding is no match for `*`. */
export function findRoute(routes: Routes, method: string, path: string): Found {
  const entries = Object.entries(routes).map(([key, handler]) => {
    const [served = '', pattern = ''] = key.split(' ');
    return { served, pattern, handler, wildcard: match(pattern, path) };
  });
  const matching = entries.filter(({ wildcard }) => wildcard !== undefined);
  if (matching.length === 0) return { kind: 'missing', paths: [...new Set(entries.map(({ pattern }) => pattern))] };
  const found = matching.find(({ served }) => served === (method === 'HEAD' ? 'GET' : method));
  if (found !== undefined) return { kind: 'found', path: found.pattern, handler: found.handler, wildcard: found.wildcard ?? '' };
  return { kind: 'method', allowed: matching.flatMap(({ served }) => (served === 'GET' ? ['GET', 'HEAD'] : [served])).join(', ') };
}

/** @returns what stands for the `*`, empty where there is none; undefined where the path is another. */
function match(pattern: string, path: string): string | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  let wildcard: string | undefined = '';
  for (const [index, segment] of wanted.entries()) {
    if (segment === '*') wildcard = decode(given[index] ?? '');
    else if (segment !== given[index]) return undefined;
  }
  return wildcard;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment) || undefined;
  } catch {
    return undefined;
  }
}

/** A reply of one line of text. */
export function textReply(status: number, text: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}
