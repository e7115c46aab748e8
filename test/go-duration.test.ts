import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../node-agent/clock.ts';
import { formatGoDuration, parseGoDuration } from '../node-agent/go-duration.ts';

describe('a duration in Go’s notation', () => {
  const read: readonly [text: string, durationMs: number][] = [
    ['2160h', 90 * DAY_MS],
    ['1h30m', 90 * MINUTE_MS],
    ['90s', 90_000],
    ['1.5h', 90 * MINUTE_MS],
    ['.5s', 500],
    ['1.s', 1_000],
    ['5ms', 5],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['1μs', 0.001],
    ['1ns', 0.000_001],
    ['3m3m', 6 * MINUTE_MS],
    ['0', 0],
    ['+0', 0],
    ['0s', 0],
    ['+1h', HOUR_MS],
    ['-1.5m', -90_000],
    ['000000000000000000000000000001s', 1_000],
    ['0.3333333333333333333333333s', 333.333_333],
    ['2562047h47m16.854775807s', 9_223_372_036_854 + 0.775_807],
  ];
  for (const [text, durationMs] of read) {
    it(`${text} is ${durationMs} ms`, () => assert.equal(parseGoDuration(text), durationMs));
  }

  const refused = ['', '+', '-', '1', '00', '1.5', '.s', 'h', '1d', '1H', '1hm', '1 h', ' 1h', '1h ', '1h\n', '--1h', '1e3s', '0x1s'];
  for (const text of [...refused, '9223372036854775808ns', '2562048h', '1h1w', '١s', `${'9'.repeat(60_000)}h`]) {
    it(`${JSON.stringify(text.slice(0, 30))} is none`, () => assert.equal(parseGoDuration(text), undefined));
  }

  const printed: readonly [durationMs: number, text: string][] = [
    [0, '0s'],
    [90 * DAY_MS, '2160h0m0s'],
    [HOUR_MS, '1h0m0s'],
    [90_000, '1m30s'],
    [61 * MINUTE_MS + 1_500, '1h1m1.5s'],
    [1_500, '1.5s'],
    [250, '250ms'],
    [1.5, '1.5ms'],
    [0.001, '1µs'],
    [0.0015, '1.5µs'],
    [0.000_001, '1ns'],
    [-90_000, '-1m30s'],
    [315_360_000_001, '87600h0m0.001s'],
  ];
  for (const [durationMs, text] of printed) {
    it(`${durationMs} ms is printed as ${text}`, () => assert.equal(formatGoDuration(durationMs), text));
  }

  it('is read back as it was printed, for every whole millisecond', () => {
    const durations = fc.integer({ min: -100 * 365 * DAY_MS, max: 100 * 365 * DAY_MS });
    fc.assert(fc.property(durations, (durationMs) => assert.equal(parseGoDuration(formatGoDuration(durationMs)), durationMs)));
  });
});
