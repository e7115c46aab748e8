import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { retryAt } from '../../node-agent/schedule/backoff.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
/** Draws that vary by nothing, by -50 % and by nearly +50 %. */
const [MIDDLE, LOWEST, HIGHEST] = [0.5, 0, 0.999_999];

function delayMs(failures: number, draw: number, remainingMs?: number, lifetimeMs: number = 90 * DAY_MS): number {
  const validity = remainingMs === undefined ? undefined : validityOf(NOW_MS + remainingMs, lifetimeMs);
  return retryAt({ failures, now: new Date(NOW_MS), validity, random: () => draw }).getTime() - NOW_MS;
}

function validityOf(endMs: number, lifetimeMs: number): { readonly notBeforeAt: Date; readonly notAfterAt: Date } {
  return { notBeforeAt: new Date(endMs - lifetimeMs), notAfterAt: new Date(endMs) };
}

describe('the back-off', () => {
  const table: readonly { name: string; failures: number; draw: number; remainingMs?: number; expectedMs: number }[] = [
    { name: '30 s after the first failure', failures: 1, draw: MIDDLE, expectedMs: 30_000 },
    { name: '60 s after the second', failures: 2, draw: MIDDLE, expectedMs: 60_000 },
    { name: '2 min after the third', failures: 3, draw: MIDDLE, expectedMs: 120_000 },
    { name: '4 min after the fourth', failures: 4, draw: MIDDLE, expectedMs: 240_000 },
    { name: '5 min after the fifth', failures: 5, draw: MIDDLE, expectedMs: 300_000 },
    { name: '5 min after the thousandth, with the lowest draw too', failures: 1_000, draw: LOWEST, expectedMs: 300_000 },
    { name: '5 min after more failures than a double can take the power of', failures: 5_000, draw: HIGHEST, expectedMs: 300_000 },
    { name: '50 % less with the lowest draw', failures: 1, draw: LOWEST, expectedMs: 15_000 },
    { name: '50 % more with the highest draw', failures: 1, draw: HIGHEST, expectedMs: 44_999 },
    { name: 'a quarter of what remains of the certificate', failures: 5, draw: MIDDLE, remainingMs: MINUTE_MS, expectedMs: 15_000 },
    {
      name: 'the same quarter whatever the draw, as the variation comes before',
      failures: 5,
      draw: HIGHEST,
      remainingMs: MINUTE_MS,
      expectedMs: 15_000,
    },
    { name: 'unmoved by a certificate with a long time to go', failures: 5, draw: MIDDLE, remainingMs: DAY_MS, expectedMs: 300_000 },
    { name: 'a second just before the end', failures: 5, draw: MIDDLE, remainingMs: 10, expectedMs: 1_000 },
    { name: 'its usual self once the certificate has expired', failures: 5, draw: MIDDLE, remainingMs: -HOUR_MS, expectedMs: 300_000 },
  ];
  for (const { name, failures, draw, remainingMs, expectedMs } of table) {
    it(`is ${name}`, () => assert.equal(delayMs(failures, draw, remainingMs), expectedMs));
  }

  for (const { lifetimeMs, expectedMs } of [
    { lifetimeMs: 20_000, expectedMs: 30_000 },
    { lifetimeMs: 5 * MINUTE_MS, expectedMs: 75_000 },
    { lifetimeMs: HOUR_MS, expectedMs: 300_000 },
  ]) {
    it(`is ${expectedMs / 1_000} s at most once a certificate of ${lifetimeMs / 1_000} s has expired, however often it failed before`, () =>
      assert.equal(delayMs(20, HIGHEST, -1, lifetimeMs), expectedMs));
  }

  it('stays between 1 s and 5 min, within ±50 % of the doubled steps and within a quarter of what remains', () => {
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), draws, fc.integer({ min: 1, max: 90 * DAY_MS }), (failures, draw, remainingMs) => {
        const delay = delayMs(failures, draw, remainingMs);
        const limitMs = Math.min(300_000, remainingMs / 4);
        const stepMs = 30_000 * 2 ** (failures - 1);
        assert.ok(delay >= 1_000);
        assert.ok(delay <= Math.max(1_000, limitMs));
        assert.ok(delay >= Math.floor(Math.min(stepMs / 2, limitMs)));
        assert.ok(delay <= Math.max(1_000, stepMs * 1.5));
      }),
      { numRuns: 2_000 },
    );
  });
});
