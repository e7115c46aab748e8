import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckFailed } from '../../demo/check.ts';
import { Feed } from '../../demo/feed.ts';

const even = (item: number) => (item % 2 === 0 ? `even ${item}` : undefined);
const soon = { what: 'an even number', pick: even, withinMs: 10_000 };

function feedOf(...items: readonly number[]): Feed<number> {
  const feed = new Feed<number>();
  for (const item of items) feed.push(item);
  return feed;
}

describe('a feed', () => {
  it('gives the first of the items that came before', async () => {
    assert.equal(await feedOf(1, 2, 4).expect(soon), 'even 2');
  });

  it('passes over the items before a given one', async () => {
    assert.equal(await feedOf(1, 2, 4).expect({ ...soon, from: 2 }), 'even 4');
  });

  it('waits for an item that comes later, also among others', async () => {
    const feed = feedOf(1);
    const found = feed.expect(soon);
    for (const item of [3, 6, 8]) feed.push(item);
    assert.equal(await found, 'even 6');
  });

  it('says what did not come, and why nothing more will', async () => {
    const feed = feedOf(1);
    const found = feed.expect(soon);
    feed.end('the driver ended with 1');
    await assert.rejects(found, new CheckFailed('an even number did not come: the driver ended with 1'));
  });

  it('still gives what came before its end', async () => {
    const feed = feedOf(2);
    feed.end('the driver ended with 1');
    assert.equal(await feed.expect(soon), 'even 2');
  });

  it('says what did not come in time', async () => {
    await assert.rejects(feedOf(1).expect({ ...soon, withinMs: 1 }), new CheckFailed('an even number did not come within 0.001 s'));
  });
});
