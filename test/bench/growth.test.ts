import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addedExponentOf, exponentOf } from '../../bench/growth/exponent.ts';
import { plotOf } from '../../bench/growth/plot.ts';
import { growthOf, QUANTITIES, type Sample } from '../../bench/growth/quantities.ts';
import { tableOf } from '../../bench/growth/table.ts';

const SIZES = [10, 110, 1_000, 5_000];
const MEGABYTE = 2 ** 20;

/** A driver as it should be: only memory and the work done grow, and they as the volumes do. */
function sampleAt(volumes: number): Sample {
  return {
    volumes,
    latency: 2.5,
    idle: 0.3,
    work: 100 + 6 * volumes,
    anonymousBytes: (24 + 0.01 * volumes) * MEGABYTE,
    residentBytes: (70 + 0.02 * volumes) * MEGABYTE,
    heapBytes: (12 + 0.01 * volumes) * MEGABYTE,
    timers: 12,
    descriptors: 33,
    threads: 11,
  };
}

const GOOD = SIZES.map(sampleAt);

/** The names of what grows more than it may. */
function broken(samples: readonly Sample[]): string[] {
  return QUANTITIES.filter((quantity) => {
    const { exponent, limit } = growthOf(quantity, samples);
    return !(exponent <= limit);
  }).map(({ name }) => name);
}

function curve(value: (volumes: number) => number) {
  return SIZES.map((volumes) => ({ volumes, value: value(volumes) }));
}

describe('the exponent of growth', () => {
  for (const { name, value, exponent } of [
    { name: 'nothing', value: () => 7, exponent: 0 },
    { name: 'the square root', value: (volumes: number) => 3 * Math.sqrt(volumes), exponent: 0.5 },
    { name: 'a line through 0', value: (volumes: number) => 3 * volumes, exponent: 1 },
    { name: 'the square', value: (volumes: number) => volumes ** 2 / 9, exponent: 2 },
  ]) {
    it(`is ${exponent} for ${name}`, () => assert.ok(Math.abs(exponentOf(curve(value)) - exponent) < 1e-9));
  }

  it('is the least-squares one where the points are on no line', () => {
    const points = [1, 10, 100].map((volumes, index) => ({ volumes, value: [1, 100, 100][index]! }));
    assert.ok(Math.abs(exponentOf(points) - 1) < 1e-9);
  });

  it('of what is added does not see what was there before', () => {
    const points = curve((volumes) => 1_000 + 0.5 * volumes);
    assert.ok(Math.abs(addedExponentOf(points, 0.1) - 1) < 1e-9);
    assert.ok(exponentOf(points) < 0.3);
  });

  it('of what is added takes for nothing what is below the resolution', () => {
    const points = curve((volumes) => (volumes === 110 ? 9.8 : 10 + volumes / 1_000));
    assert.ok(addedExponentOf(points, 1) < 0.5);
    assert.equal(
      addedExponentOf(
        curve(() => 10),
        1,
      ),
      0,
    );
  });
});

describe('the judgement of growth', () => {
  it('finds nothing wrong where only memory and work grow, and they as the volumes do', () => assert.deepEqual(broken(GOOD), []));

  for (const { name, change } of [
    { name: 'a tenth of a descriptor a volume', change: ({ volumes }: Sample) => ({ descriptors: 33 + volumes / 10 }) },
    { name: 'a timer a volume', change: ({ volumes }: Sample) => ({ timers: 12 + volumes }) },
    { name: 'work on each volume while idle', change: ({ volumes }: Sample) => ({ idle: 0.3 + volumes * 0.03 }) },
    {
      name: 'a look at all volumes with each publish',
      change: ({ volumes }: Sample) => ({ latency: 2.5 + volumes / 1_000, work: volumes ** 2 }),
    },
    { name: 'memory for each pair of volumes', change: ({ volumes }: Sample) => ({ heapBytes: 12 * MEGABYTE + volumes ** 2 * 8 }) },
  ]) {
    it(`finds ${name}`, () => {
      const bad = GOOD.map((sample) => ({ ...sample, ...change(sample) }));
      const changed = QUANTITIES.filter(({ of }) => of(GOOD.at(-1)!) !== of(bad.at(-1)!));
      assert.notEqual(changed.length, 0);
      assert.deepEqual(
        broken(bad),
        changed.map((quantity) => quantity.name),
      );
    });
  }

  it('is a row for each quantity, with its target', () => {
    const rows = tableOf(GOOD).split('\n');
    assert.equal(rows.length, 2 + QUANTITIES.length);
    assert.equal(rows[0], '| volumes | 10 | 110 | 1,000 | 5,000 | exponent | target | reached |');
    assert.ok(rows.includes('| descriptors | 33 | 33 | 33 | 33 | 0.00 | ≤ 0.1 | yes |'));
    assert.ok(rows.includes('| processor for all publishes, ms | 160 | 760 | 6,100 | 30,100 | 1.00 | ≤ 1.1 | yes |'));
  });
});

describe('the plot of growth', () => {
  it('has a line for each quantity and a linear one to compare with, all within its frame', () => {
    const svg = plotOf(GOOD);
    assert.match(svg, /^<svg .*<\/svg>\n$/s);
    const [, ...curves] = [...svg.matchAll(/<path d="M([^"]*)"/g)].map(([, steps = '']) => steps.split('L'));
    assert.deepEqual(
      curves.map(({ length }) => length),
      [2, ...QUANTITIES.map(() => SIZES.length)],
    );
    for (const point of curves.flat()) {
      const [x = NaN, y = NaN] = point.split(' ').map(Number);
      assert.ok(x >= 0 && x <= 1_000 && y >= 0 && y <= 300, point);
    }
  });
});
