import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ApiError } from '../../node-agent/kubernetes/api-error.ts';
import { readWatch, type WatchEvent } from '../../node-agent/kubernetes/watch-stream.ts';

async function* inChunks(body: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (let index = 0; from < body.length; index += 1) {
    const end = from + (sizes[index % sizes.length] ?? 1);
    yield body.subarray(from, end);
    from = end;
  }
}

async function read(body: string | Buffer, sizes: readonly number[] = [65_536]): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of readWatch(inChunks(Buffer.from(body), sizes))) events.push(event);
  return events;
}

function versions(events: readonly WatchEvent[]): readonly string[] {
  return events.map((event) => (event.kind === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion));
}

describe('readWatch', () => {
  it('reads the same events however the body is cut into chunks, also within a character', async () => {
    const names = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 8 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(names, sizes, async (names, sizes) => {
        const lines = names.map((name) => JSON.stringify({ type: 'ADDED', object: { metadata: { name, resourceVersion: name } } }));
        assert.deepEqual(versions(await read(`${lines.join('\n')}\n`, sizes)), names);
      }),
    );
  });

  it('ends with events or an ApiError, whatever the body is', async () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((json) => Buffer.from(`${json}\n`)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (body) => {
        await read(Buffer.from(body), [7]).catch((error: unknown) => assert.ok(error instanceof ApiError, String(error)));
      }),
    );
  });

  it('drops a last line that is unfinished', async () => {
    const line = JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } });
    assert.deepEqual(versions(await read(`${line}\n${line.slice(0, 20)}`)), ['7']);
  });

  it('refuses a line that would exhaust the memory of the node', async () => {
    await assert.rejects(read(Buffer.alloc(9 * 1024 * 1024, 'a'), [1024 * 1024]), /longer than/);
  });
});
