import { EVENT_KINDS } from '../../driver/report/event-line.ts';
import { METRICS, type MetricDefinition } from '../../driver/report/metric-table.ts';
import { alertsOf, readRules } from '../monitoring/rules.ts';
import { withPart } from './part.ts';

/** The page with its tables and its list of events made anew from code and manifests; what stands between its marks is lost. */
export function withMetrics(page: string): string {
  const rows = Object.entries(METRICS).map(([name, definition]) => rowOf(name, definition));
  const table = ['| metric | type | labels | what it tells |', '|---|---|---|---|', ...rows].join('\n');
  const events = `${EVENT_KINDS.toSorted()
    .map((kind) => `\`${kind}\``)
    .join(', ')}.`;
  return withPart(withPart(withPart(page, 'metrics', table), 'alerts', alertsTable()), 'events', events);
}

function alertsTable(): string {
  const rows = alertsOf(readRules()).map(({ alert, for: after, labels, annotations: { runbook = '', summary = '' } }) => {
    const link = `[${alert}](${runbook.replace(/^docs\//, '')})`;
    return `| ${link} | ${labels['severity']} | ${after} | ${summary.replaceAll(/\{\{ with .*?\{\{ end \}\}/g, '').replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '*$1*')} |`;
  });
  return ['| alert | severity | after | what it says |', '|---|---|---|---|', ...rows].join('\n');
}

function rowOf(name: string, { type, help, labels = {} }: MetricDefinition): string {
  const shown = type === 'counter' ? `${name}_total` : name;
  const described = Object.entries(labels).map(([label, values]) =>
    values.length === 0 ? `\`${label}\`` : `\`${label}\`: ${values.map((value) => `\`${value}\``).join(' ')}`,
  );
  // A cell's `<` would begin an element.
  return `| \`${shown}\` | ${type} | ${described.join(', ')} | ${help.replaceAll(/<\w+>/g, '`$&`')} |`;
}
