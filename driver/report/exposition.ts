/** Metric families as text: the Prometheus text format 0.0.4 and OpenMetrics 1.0. */

/** Label names as Prometheus takes them (`[a-zA-Z_][a-zA-Z0-9_]*`), values of any text. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a family; no two of a family have the same labels and suffix. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Of histograms: which of a family's series this is. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** A metric with all its series (OpenMetrics 1.0, "MetricFamily"). */
export interface Family {
  /** Without the `_total` of a counter. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Which of the two texts a scraper takes. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** The Content-Type of each format, as scrapers tell them apart. */
export const CONTENT_TYPES = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} satisfies Record<ExpositionFormat, string>;

/** OpenMetrics for whoever takes it, as Prometheus does first; else the older text (RFC 9110 section 12.5.1, weights but 0 ignored). */
export function negotiateFormat(accept: string): ExpositionFormat {
  const ranges = accept.toLowerCase().split(',');
  const takesOpenMetrics = ranges.some(
    (range) => /^\s*application\/openmetrics-text\s*(;|$)/.test(range) && !/;\s*q=0(\.0*)?\s*(;|$)/.test(range),
  );
  return takesOpenMetrics ? 'openmetrics' : 'prometheus';
}

/** The body of a scrape. Families without samples are left out. */
export function exposeFamilies(families: readonly Family[], format: ExpositionFormat): string {
  // A volume's series have their labels in common: of thousands of volumes, writing those is the most work.
  const written = new Map<Labels, string>();
  const write = (labels: Labels) => {
    const text = written.get(labels) ?? writeLabels(labels);
    written.set(labels, text);
    return text;
  };
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap((family) => exposeFamily(family, format, write));
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function exposeFamily({ name, type, help, samples }: Family, format: ExpositionFormat, write: typeof writeLabels): string[] {
  const counted = type === 'counter' ? `${name}_total` : name;
  // OpenMetrics names a counter's family without the suffix of its samples, the older format with it.
  const family = format === 'openmetrics' ? name : counted;
  return [
    `# HELP ${family} ${escapeText(help)}`,
    `# TYPE ${family} ${type}`,
    ...samples.map(({ labels, value, suffix }) => `${counted}${suffix ?? ''}${write(labels)} ${writeNumber(value)}`),
  ];
}

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** The escapes of label values in both formats. Only OpenMetrics reads an escaped quote in a help text, so none of ours holds one. */
function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function writeNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
