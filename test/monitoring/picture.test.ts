import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readDashboard } from './dashboard.ts';
import { pictureOf } from './picture.ts';
import { axisOf, formatValue } from './scale.ts';

describe('the picture of the dashboard', () => {
  it('has an axis that every value lies on, with few marks', () => {
    const value = fc.integer({ min: -1e9, max: 1e9 }).map((thousandths) => thousandths / 1_000);
    const values = fc.array(value, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, fc.constantFrom('s', 'bytes', 'percentunit', 'short'), (values, unit) => {
        const ticks = axisOf(values, unit);
        const [low = NaN, high = NaN] = [ticks[0], ticks.at(-1)];
        const slack = (high - low) * 1e-6;
        assert.ok(ticks.length >= 2 && ticks.length <= 7, ticks.join(' '));
        for (const value of values) assert.ok(value >= low - slack && value <= high + slack, `${value} on ${ticks.join(' ')}`);
      }),
    );
  });

  for (const [value, unit, text] of [
    [0, 's', '0 s'],
    [0.0123, 's', '12.3 ms'],
    [90, 's', '90 s'],
    [-300, 's', '-5 min'],
    [9_000, 's', '2.5 h'],
    [0.051, 'percentunit', '5.1 %'],
    [3 * 1_048_576, 'bytes', '3 MiB'],
    [0.25, 'reqps', '0.25/s'],
    [4, 'short', '4'],
  ] as const) {
    it(`writes ${value} of the unit ${unit} as ${text}`, () => assert.equal(formatValue(value, unit), text));
  }

  it('takes any name of a series for text', () => {
    const panel = readDashboard().panels.find(({ type }) => type === 'timeseries') ?? assert.fail('no panel with lines');
    const series = [{ name: 'GET <error> & more', points: [[1, 2] as const, [2, 3] as const] }];
    const picture = pictureOf([{ panel, series }], { start: 1, end: 2 });
    assert.ok(picture.includes('GET &lt;error> &amp; more'));
  });
});
