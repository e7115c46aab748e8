import { growthOf, QUANTITIES, type Sample } from './quantities.ts';

/** A table in Markdown: a row for each quantity, a column for each number of volumes, and how it grew. */
export function tableOf(samples: readonly Sample[]): string {
  const heads = ['volumes', ...samples.map(({ volumes }) => volumes.toLocaleString('en')), 'exponent', 'target', 'reached'];
  const rows = QUANTITIES.map((quantity) => {
    const { exponent, limit } = growthOf(quantity, samples);
    const name = quantity.unit === '' ? quantity.name : `${quantity.name}, ${quantity.unit}`;
    return [
      name,
      ...samples.map((sample) => shown(quantity.of(sample))),
      exponent.toFixed(2),
      `≤ ${limit}`,
      exponent <= limit ? 'yes' : 'no',
    ];
  });
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Three digits, or all there are before the point. */
function shown(value: number): string {
  return value < 100 ? `${Number(value.toPrecision(3))}` : Math.round(value).toLocaleString('en');
}
