import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSlots } from '../node-agent/slots.ts';

const nobody = new AbortController().signal;

/** Work that ends when told to. */
function work(name: string, began: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { run: () => (began.push(name), promise), end: () => resolve(name), fail: () => reject(new Error(name)) };
}

describe('slots', () => {
  it('run work first come, first served, and no more at a time than there are', async () => {
    const began: string[] = [];
    const slots = createSlots(2);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => work(name, began));
    const ends = [a, b, c, d].map((each) => slots.run(each!.run, nobody));
    assert.deepEqual(began, ['a', 'b']);
    assert.deepEqual([slots.running, slots.waiting], [2, 2]);
    b!.end();
    assert.equal(await ends[1], 'b');
    assert.deepEqual(began, ['a', 'b', 'c']);
    for (const each of [a, c, d]) each!.end();
    assert.deepEqual(await Promise.all(ends), ['a', 'b', 'c', 'd']);
    assert.deepEqual([slots.running, slots.waiting], [0, 0]);
  });

  it('never run work that was given up while it waited', async () => {
    const began: string[] = [];
    const slots = createSlots(1);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => work(name, began));
    const controller = new AbortController();
    const first = slots.run(a!.run, nobody);
    const second = slots.run(b!.run, controller.signal);
    const third = slots.run(c!.run, nobody);
    controller.abort(new Error('enough'));
    await assert.rejects(second, /enough/);
    a!.end();
    c!.end();
    await Promise.all([first, third]);
    assert.deepEqual(began, ['a', 'c']);
    await assert.rejects(slots.run(b!.run, controller.signal), /enough/);
  });

  it('keep the slot of work that was given up while it ran, to its end', async () => {
    const began: string[] = [];
    let freed = 0;
    const slots = createSlots(1, () => (freed += 1));
    const [a, b] = ['a', 'b'].map((name) => work(name, began));
    const controller = new AbortController();
    const first = slots.run(a!.run, controller.signal);
    const second = slots.run(b!.run, nobody);
    controller.abort(new Error('enough'));
    await assert.rejects(first, /enough/);
    assert.deepEqual([began, freed], [['a'], 0]);
    a!.fail();
    b!.end();
    assert.equal(await second, 'b');
    assert.deepEqual([began, freed], [['a', 'b'], 2]);
  });

  it('pass a failure on, and go on', async () => {
    const slots = createSlots(1);
    const [a, b] = ['a', 'b'].map((name) => work(name, []));
    const first = slots.run(a!.run, nobody);
    const second = slots.run(b!.run, nobody);
    a!.fail();
    b!.end();
    await assert.rejects(first, /a/);
    assert.equal(await second, 'b');
  });
});
