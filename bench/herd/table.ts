import { areWithinLimits } from './figures.ts';
import type { Figure, Figures } from './figures.ts';

/** What came of one scenario. */
export interface Outcome {
  readonly name: string;
  readonly figures: Figures;
}

const HEAD = ['what happens', 'renewals a lifetime', 'peak / mean', 'recovery / mean', 'expired', 'least left', ''];

/** A table in Markdown, a row for each outcome; limits are in brackets. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = [HEAD, HEAD.map(() => '---'), ...outcomes.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, cell === '---' ? '-' : ' ')).join(' | ')} |`)
    .join('\n');
}

function rowOf({ name, figures }: Outcome): string[] {
  const { renewalsPerLifetime, peak, recovery, expired, leastRemainingHours } = figures;
  return [
    name,
    shown(renewalsPerLifetime, 3),
    shown(peak, 2),
    recovery === undefined ? '' : shown(recovery, 1),
    `${expired.value}`,
    `${leastRemainingHours.toFixed(2)} h`,
    areWithinLimits(figures) ? 'holds' : 'BROKEN',
  ];
}

function shown({ value, limit }: Figure, digits: number): string {
  return `${value.toFixed(digits)} (${limit.toFixed(digits)})`;
}
