import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { formatGoDuration, parseGoDuration } from '../../node-agent/go-duration.ts';
import { parsePositiveDuration } from '../../node-agent/spec/positive-duration.ts';
import { duration } from './grammar.ts';
import { flood, near } from './hostile.ts';
import { type Subject, property } from './property.ts';

/** 64 bits of nanoseconds, one of them the sign. */
const LONGEST_MS = 2 ** 63 / 1e6;

/** Go's durations. */
export const durations: Subject = {
  name: 'durations',
  properties: () => [
    property(
      'a duration is refused with a cure, or one of 64 bits of nanoseconds that is the same once it is printed and read again',
      { inputs: fc.oneof({ weight: 12, arbitrary: near(duration, 4) }, flood), weight: 6, reaches: ['accepted', 'refused'] },
      (text) => {
        const durationMs = parseGoDuration(text);
        const positive = parsePositiveDuration(text);
        assert.equal(positive.kind, durationMs !== undefined && durationMs > 0 ? 'parsed' : 'refused');
        if (positive.kind === 'refused') assert.ok(positive.problems.every(({ why, cure }) => why !== '' && cure !== ''));
        if (durationMs === undefined) return 'refused';
        assert.ok(Math.abs(durationMs) <= LONGEST_MS, `${durationMs}`);
        assert.equal(parseGoDuration(formatGoDuration(durationMs)), durationMs);
        return 'accepted';
      },
    ),
    property(
      'any number of milliseconds is printed as Go reads it',
      {
        inputs: fc.oneof(
          fc.nat().map((ns) => ns / 1e6),
          fc.integer({ min: -9e12, max: 9e12 }),
          fc.double({ min: -9e12, max: 9e12, noNaN: true }),
        ),
        weight: 2,
        reaches: ['printed'],
      },
      (durationMs) => {
        const again = parseGoDuration(formatGoDuration(durationMs));
        // To the nanosecond, as far as the number itself is that exact.
        assert.ok(
          again !== undefined && Math.abs(again - durationMs) <= Math.max(1e-6, Math.abs(durationMs) * 2 ** -52),
          formatGoDuration(durationMs),
        );
        return 'printed';
      },
    ),
  ],
};
