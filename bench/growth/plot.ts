import { line, MARGIN, picture, text, xAt, yAt } from '../svg.ts';
import { growthOf, QUANTITIES, type Sample } from './quantities.ts';

/** In pixels. */
const LEGEND_ROW = 14;

/**
 * An SVG picture of how each quantity grew, as a multiple of what it was at the smallest size. Both axes are logarithmic, so that a power
 * of the number of volumes is a straight line; the dashed one is linear growth.
 */
export function plotOf(samples: readonly Sample[]): string {
  const sizes = samples.map(({ volumes }) => volumes);
  const [least = 1, most = 1] = [sizes[0], sizes.at(-1)];
  const curves = QUANTITIES.map((quantity) => {
    const [first = 1, ...rest] = samples.map(quantity.of);
    return { quantity, multiples: [1, ...rest.map((value) => value / first)] };
  });
  const multiples = curves.flatMap((curve) => curve.multiples);
  const [bottom, top] = [Math.min(0.5, ...multiples), Math.max(most / least, ...multiples)];
  const x = (volumes: number) => xAt(share(volumes, least, most));
  const y = (multiple: number) => yAt(share(multiple, bottom, top));
  const path = (points: readonly (readonly [volumes: number, multiple: number])[]) =>
    points.map(([volumes, multiple]) => `${x(volumes).toFixed(1)} ${y(multiple).toFixed(1)}`).join('L');
  const linear = line(path([least, most].map((volumes) => [volumes, volumes / least])), '#888', 'stroke-dasharray="4 4"');
  const lines = curves.map(({ quantity, multiples }) =>
    line(path(sizes.map((size, index) => [size, multiples[index] ?? 1])), quantity.colour),
  );
  const legend = [
    ...QUANTITIES.map((quantity) => [`${quantity.name}: ${growthOf(quantity, samples).exponent.toFixed(2)}`, quantity.colour] as const),
    ['linear growth', '#888'] as const,
  ].map(([label, colour], row) => text(MARGIN.left + 10, MARGIN.top + row * LEGEND_ROW, label, `fill="${colour}"`));
  const title = text(
    xAt(0.5),
    16,
    `what there is with so many volumes, over what there is with ${least}; exponents`,
    'text-anchor="middle"',
  );
  const powers = Array.from({ length: 12 }, (_, index) => 10 ** (index - 3)).filter((power) => power >= bottom && power <= top);
  const ticks = {
    x: sizes.map((size) => [share(size, least, most), size.toLocaleString('en')] as const),
    y: powers.map((power) => [share(power, bottom, top), `× ${power}`] as const),
  };
  return picture(ticks, [linear, ...lines, ...legend, title]);
}

function share(value: number, from: number, to: number): number {
  return Math.log(value / from) / Math.log(to / from);
}
