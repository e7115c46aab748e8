import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { CliFailure } from '../../cli/failure.ts';
import { withinTime } from '../../cli/nodes/time-limit.ts';

const DAY_MS = 86_400_000;
const never = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('work with a limit of time', () => {
  for (const limitMs of [60_000.5, 25 * DAY_MS, 60 * DAY_MS, Infinity]) {
    it(`may take ${limitMs} ms`, async () => {
      // What fires at once fires within a millisecond.
      const wasStopped = await withinTime(limitMs, (signal) => pause(50).then(() => signal.aborted), new AbortController().signal);
      assert.equal(wasStopped, false);
    });
  }

  it('is stopped when the time is over, with a cure', () =>
    assert.rejects(
      withinTime(20.5, never, new AbortController().signal),
      (error: unknown) => error instanceof CliFailure && /no answer within 0.0205 s/.test(error.message) && error.cure !== undefined,
    ));

  it('is stopped with its caller, and tells the caller’s reason', async () => {
    const controller = new AbortController();
    const stopped = withinTime(60_000, never, controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(stopped, /^Error: enough$/);
  });
});
