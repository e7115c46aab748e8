import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { DueHeap } from '../../node-agent/schedule/heap.ts';

function drain(heap: DueHeap<string>): string[] {
  const values: string[] = [];
  for (let first = heap.first(); first !== undefined; first = heap.first()) {
    values.push(first.value);
    heap.remove(first.key);
  }
  return values;
}

describe('the heap of due instants', () => {
  it('gives what a sorted list gives, under any sequence of sets, replacements and removals', () => {
    const changes = fc.array(
      fc.record({ key: fc.nat(15).map((digit) => digit.toString(16)), dueMs: fc.option(fc.integer({ min: 0, max: 20 })) }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(changes, (steps) => {
        const heap = new DueHeap<string>();
        const model = new Map<string, { dueMs: number; value: string }>();
        steps.forEach(({ key, dueMs }, index) => {
          assert.equal(dueMs === null && heap.remove(key), dueMs === null && model.has(key));
          model.delete(key);
          if (dueMs === null) return;
          model.set(key, { dueMs, value: `${key}${index}` });
          heap.set(key, dueMs, `${key}${index}`);
        });
        assert.equal(heap.size, model.size);
        // Both sorts are stable and a Map keeps the order of insertion, so equal instants must come out first set, first.
        const expected = [...model.values()].toSorted((a, b) => a.dueMs - b.dueMs).map(({ value }) => value);
        assert.deepEqual(drain(heap), expected);
        assert.equal(heap.size, 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses an instant that is not one, and keeps what the key had', () => {
    const heap = new DueHeap<string>();
    heap.set('a', 1, 'before');
    assert.throws(() => heap.set('a', Number.NaN, 'after'), /"a": the instant is invalid/);
    assert.deepEqual(drain(heap), ['before']);
  });
});
