import { EVENT_KINDS } from '../../driver/report/event-line.ts';
import { METRICS, type MetricDefinition } from '../../driver/report/metric-table.ts';

/** The page with its table and its list of events made anew from the code; what stands between its marks is lost. */
export function withMetrics(page: string): string {
  const rows = Object.entries(METRICS).map(([name, definition]) => rowOf(name, definition));
  const table = ['| metric | type | labels | what it tells |', '|---|---|---|---|', ...rows].join('\n');
  const events = `${EVENT_KINDS.toSorted()
    .map((kind) => `\`${kind}\``)
    .join(', ')}.`;
  return withPart(withPart(page, 'metrics', table), 'events', events);
}

/** @throws {Error} where the page has no such part. */
function withPart(page: string, name: string, text: string): string {
  const [before, part, after] = page.split(new RegExp(`(?<=<!-- begin ${name} -->\\n)(.*)(?=<!-- end ${name} -->)`, 's'));
  if (before === undefined || part === undefined || after === undefined) throw new Error(`The page has no part "${name}"`);
  return `${before}${text}\n${after}`;
}

function rowOf(name: string, { type, help, labels = {} }: MetricDefinition): string {
  const shown = type === 'counter' ? `${name}_total` : name;
  const described = Object.entries(labels).map(([label, values]) =>
    values.length === 0 ? `\`${label}\`` : `\`${label}\`: ${values.map((value) => `\`${value}\``).join(' ')}`,
  );
  // A cell's `<` would begin an element.
  return `| \`${shown}\` | ${type} | ${described.join(', ')} | ${help.replaceAll(/<\w+>/g, '`$&`')} |`;
}
