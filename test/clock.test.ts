import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DAY_MS, systemClock } from '../node-agent/clock.ts';
import { ManualClock } from './support/manual-clock.ts';

describe('the system clock', () => {
  it('does not wake at once from a sleep longer than setTimeout can hold', async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(90 * DAY_MS, controller.signal).then(() => 'woke');
    const first = await Promise.race([sleep.catch(() => 'aborted'), new Promise((resolve) => setTimeout(resolve, 20, 'asleep'))]);
    assert.equal(first, 'asleep');
    controller.abort(new Error('enough'));
    await assert.rejects(sleep, /enough/);
  });

  it('rejects with the reason when the signal was aborted before', async () => {
    await assert.rejects(systemClock.sleep(0, AbortSignal.abort(new Error('too late'))), /too late/);
  });
});

describe('the manual clock', () => {
  it('wakes sleepers in the order in which they are due, each at its own instant', async () => {
    const clock = new ManualClock(new Date(0));
    const woke: [string, number][] = [];
    const never = new AbortController().signal;
    for (const [name, delayMs] of [
      ['late', 300],
      ['early', 100],
    ] as const) {
      void clock.sleep(delayMs, never).then(() => woke.push([name, clock.now().getTime()]));
    }
    await clock.advance(1_000);
    assert.deepEqual(woke, [
      ['early', 100],
      ['late', 300],
    ]);
    assert.equal(clock.now().getTime(), 1_000);
    assert.equal(clock.sleeping, 0);
  });
});
