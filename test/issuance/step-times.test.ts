import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StepTimes } from '../../node-agent/issuance/step-times.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('StepTimes', () => {
  it('gives each step what passed until the next one began, however often that is told', async () => {
    const clock = new ManualClock();
    const steps = new StepTimes(clock);
    await clock.advance(1);
    steps.begin('create');
    await clock.advance(20);
    for (const passedMs of [100, 200]) {
      steps.begin('wait');
      await clock.advance(passedMs);
    }
    steps.begin('write');
    await clock.advance(4_000);
    assert.deepEqual(steps.read(), { keyMs: 1, createMs: 20, waitMs: 300, writeMs: 4_000 });
  });

  it('counts a clock that was set back as no time, not as less than none', () => {
    let nowMs = 10_000;
    const steps = new StepTimes({ now: () => new Date(nowMs), sleep: () => Promise.reject(new Error('nobody sleeps')) });
    nowMs = 4_000;
    steps.begin('create');
    nowMs = 4_500;
    assert.deepEqual(steps.read(), { keyMs: 0, createMs: 500, waitMs: 0, writeMs: 0 });
  });
});
