import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatFigures, regressions, type Figure } from '../../bench/figures.ts';
import { median, percentile, timeAtOnce } from '../../bench/statistics.ts';

function figure(name: string, value: number, isPortable = true): Figure {
  return { name, value, unit: '× floor', target: 2, isPortable };
}

describe('the figures of a run', () => {
  it('are worse where they grew by more than half, and only those that say the same on any machine', () => {
    const before = [figure('a', 1), figure('b', 1), figure('c', 1, false)];
    assert.deepEqual(regressions([figure('a', 1.5), figure('b', 1.51), figure('c', 9, false), figure('new', 9)], before), [
      'b: 1.51 × floor, before 1',
    ]);
  });

  it('are told with target and the figure before', () => {
    const [, , row] = formatFigures([figure('a', 2.345)], [figure('a', 2)]).split('\n');
    assert.equal(row, '| a | 2.35 × floor | ≤ 2 | no | 2 |  |');
  });

  it('have percentiles by the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1), median([3])], [50, 99, 100, 3]);
    assert.throws(() => median([]));
  });

  it('have at most as many acts at once as is said', async () => {
    let [now, most] = [0, 0];
    const act = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
    };
    assert.equal(
      (
        await timeAtOnce(
          Array.from({ length: 20 }, () => act),
          5,
        )
      ).length,
      20,
    );
    assert.equal(most, 5);
  });
});
