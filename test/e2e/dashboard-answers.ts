import { legendOf, queryOf, type Panel, type Target } from '../monitoring/dashboard.ts';
import type { DrawnPanel, Series } from '../monitoring/picture.ts';
import { formatValue } from '../monitoring/scale.ts';
import type { Answer, Prometheus, Span } from './prometheus.ts';

/** What a scrape each second allows. */
const RATE_INTERVAL = '15s';
const COLUMNS = ['pod_name', 'volume', 'issuer_kind', 'issuer_name'];
const HEADINGS = ['ends in', 'renewed in', 'last attempt', 'set of files'];

/** What is looked at. */
export interface View extends Span {
  readonly namespace: string;
}

/** Every series that Prometheus has for a query of the dashboard, with the finite values alone. @throws {Error} where it takes none. */
export async function answersOf(prometheus: Prometheus, target: Target, view: View): Promise<readonly Answer[]> {
  const answers = await prometheus.queryRange(queryOf(target, view.namespace, RATE_INTERVAL), view);
  const finite = answers.map(({ metric, values }) => ({ metric, values: values.filter(([, value]) => Number.isFinite(Number(value))) }));
  return finite.filter(({ values }) => values.length > 0);
}

/** A panel as Grafana would show it for that time. */
export async function drawnPanel(prometheus: Prometheus, panel: Panel, view: View): Promise<DrawnPanel> {
  if (panel.type === 'table') return { panel, series: [], rows: await rowsOf(prometheus, panel, view) };
  const series: Series[] = [];
  for (const target of panel.targets) {
    for (const { metric, values } of await answersOf(prometheus, target, view)) {
      series.push({ name: legendOf(target, metric), points: values.map(([at, value]) => [at, Number(value)] as const) });
    }
  }
  return { panel, series };
}

/** Of a table, whose queries have the same labels. */
async function rowsOf(prometheus: Prometheus, { targets }: Panel, { namespace }: View): Promise<string[][]> {
  const rows = new Map<string, string[]>();
  for (const [index, target] of targets.entries()) {
    const unit = HEADINGS[index]?.endsWith(' in') === true ? 's' : 'short';
    for (const { metric, values } of await prometheus.query(queryOf(target, namespace, RATE_INTERVAL))) {
      const labels = COLUMNS.map((label) => metric[label] ?? '');
      const row = rows.get(labels.join('/')) ?? labels;
      rows.set(labels.join('/'), [...row, formatValue(Number(values[0]?.[1]), unit)]);
    }
  }
  return [[...COLUMNS, ...HEADINGS], ...[...rows].toSorted(([one], [other]) => one.localeCompare(other)).map(([, row]) => row)];
}
