import { METRICS } from '../../driver/report/metric-table.ts';

/** Every name that a scrape has, with the suffixes of its series. */
const SERIES = new Set(
  Object.entries(METRICS).flatMap(([name, { type }]) => {
    if (type === 'histogram') return ['_bucket', '_count', '_sum'].map((suffix) => name + suffix);
    return type === 'counter' ? [`${name}_total`] : [name];
  }),
);

/** Names in a query that look like ours and are none. */
export function unknownMetricsIn(query: string): string[] {
  return (query.match(/\b(?:podcert|process|rest_client)_[a-z_]+/g) ?? []).filter((name) => !SERIES.has(name));
}
