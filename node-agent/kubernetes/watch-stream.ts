import { ApiError, errorOfStatus } from './api-error.ts';
import { readObject, type ApiObject } from './api-object.ts';
import { record } from '../json-value.ts';

/** What a watch tells. */
export type WatchEvent =
  | { readonly kind: 'changed'; readonly object: ApiObject }
  | { readonly kind: 'deleted'; readonly object: ApiObject }
  /** Nothing changed up to this version. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

/** The API server accepts objects of at most 3 MiB; a line with one must fit. */
const LONGEST_LINE_BYTES = 8 * 1024 * 1024;

/**
 * Reads the body of a watch: one JSON object a line (Kubernetes API concepts, "Efficient detection of changes").
 * Ends with the body; an unfinished last line is dropped, since the watch resumes from the line before.
 * @throws {ApiError} for an ERROR event, with the status in it, and for a line that is none of what a watch may tell.
 */
export async function* readWatch(body: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent, void> {
  for await (const line of readLines(connected(body))) yield readEvent(line);
}

/** A body whose connection was lost ends with an `ApiError`. */
async function* connected(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield* body;
  } catch (cause) {
    throw new ApiError(`The watch was cut: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8');
      parts = [];
      sizeBytes = 0;
      from = end + 1;
      if (line.trim() !== '') yield line;
    }
    parts.push(chunk.subarray(from));
    sizeBytes += chunk.length - from;
    if (sizeBytes > LONGEST_LINE_BYTES) throw new ApiError(`The watch sent a line longer than ${LONGEST_LINE_BYTES} bytes`);
  }
}

function readEvent(line: string): WatchEvent {
  const { type, object } = parseLine(line);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'changed', object: readObject(object) };
    case 'DELETED':
      return { kind: 'deleted', object: readObject(object) };
    case 'BOOKMARK': {
      const resourceVersion = record(record(object)?.['metadata'])?.['resourceVersion'];
      if (typeof resourceVersion !== 'string' || resourceVersion === '') throw new ApiError('The watch sent a bookmark without a version');
      return { kind: 'bookmark', resourceVersion };
    }
    case 'ERROR': {
      const code = record(object)?.['code'];
      throw errorOfStatus('The watch was ended by the API server', object, { status: typeof code === 'number' ? code : 500 });
    }
    default:
      throw new ApiError(`The watch sent an event of the unknown type ${JSON.stringify(type)}`);
  }
}

function parseLine(line: string): { readonly type: unknown; readonly object: unknown } {
  try {
    const event = record(JSON.parse(line));
    return { type: event?.['type'], object: event?.['object'] };
  } catch (cause) {
    throw new ApiError('The watch sent a line that is not JSON', { cause });
  }
}
