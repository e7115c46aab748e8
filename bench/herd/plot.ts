import { HOUR_MS } from '../../node-agent/clock.ts';
import { fullest } from './histogram.ts';
import type { Histogram } from './histogram.ts';

/** One curve of the plot. */
export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly bins: Histogram;
}

const WIDTH = 1_000;
const HEIGHT = 300;
const MARGIN = { left: 60, right: 10, top: 30, bottom: 40 };
const TICK_MS = 12 * HOUR_MS;

/** An SVG picture of how many renewals each bin has, from birth on, curves laid over each other. */
export function plotOf(curves: readonly Curve[], endMs: number): string {
  const most = Math.max(...curves.map(({ bins }) => fullest(bins.counts())));
  const x = (atMs: number) => MARGIN.left + (atMs / endMs) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (count: number) => HEIGHT - MARGIN.bottom - (count / most) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const lines = curves.map(({ bins, colour }) => {
    const steps = [...bins.counts()].map((count, index) => `H${x(index * bins.widthMs).toFixed(1)}V${y(count).toFixed(1)}`);
    return `<path d="M${x(0)} ${y(0)}${steps.join('')}H${x(endMs)}" fill="none" stroke="${colour}"/>`;
  });
  const names = curves.map(({ name, colour }, index) => text(MARGIN.left + 10 + index * 300, 18, name, `fill="${colour}"`));
  const hours = Array.from({ length: endMs / TICK_MS + 1 }, (_, index) =>
    text(x(index * TICK_MS), HEIGHT - 18, `${(index * TICK_MS) / HOUR_MS} h`, 'text-anchor="middle"'),
  );
  const counts = [0, most].map((count) => text(MARGIN.left - 6, y(count) + 4, count.toLocaleString('en'), 'text-anchor="end"'));
  const frame = `<path d="M${x(0)} ${y(most)}V${y(0)}H${x(endMs)}" fill="none" stroke="#888"/>`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`;
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`;
  return `${[head, ground, frame, ...lines, ...names, ...hours, ...counts, '</svg>'].join('\n')}\n`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;
}
