import { HOUR_MS } from '../../node-agent/clock.ts';
import { line, MARGIN, picture, text, xAt, yAt } from '../svg.ts';
import { fullest } from './histogram.ts';
import type { Histogram } from './histogram.ts';

/** One curve of the plot. */
export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly bins: Histogram;
}

const TICK_MS = 12 * HOUR_MS;

/** An SVG picture of how many renewals each bin has, from birth on, curves laid over each other. */
export function plotOf(curves: readonly Curve[], endMs: number): string {
  const most = Math.max(...curves.map(({ bins }) => fullest(bins.counts())));
  const x = (atMs: number) => xAt(atMs / endMs);
  const y = (count: number) => yAt(count / most);
  const lines = curves.map(({ bins, colour }) => {
    const steps = [...bins.counts()].map((count, index) => `H${x(index * bins.widthMs).toFixed(1)}V${y(count).toFixed(1)}`);
    return line(`${x(0)} ${y(0)}${steps.join('')}H${x(endMs)}`, colour);
  });
  const names = curves.map(({ name, colour }, index) => text(MARGIN.left + 10 + index * 300, 18, name, `fill="${colour}"`));
  const hours = Array.from(
    { length: endMs / TICK_MS + 1 },
    (_, index) => [(index * TICK_MS) / endMs, `${(index * TICK_MS) / HOUR_MS} h`] as const,
  );
  const counts = [0, most].map((count) => [count / most, count.toLocaleString('en')] as const);
  return picture({ x: hours, y: counts }, [...lines, ...names]);
}
