import { axisOf, formatValue } from './scale.ts';
import type { Panel, Place } from './dashboard.ts';

/** One series of a panel: Unix seconds and values, in order of time. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [atSeconds: number, value: number])[];
}

/** A panel with what Prometheus answered to its queries. Of a table, each series is a column, and its names are the rows. */
export interface DrawnPanel {
  readonly panel: Panel;
  readonly series: readonly Series[];
  /** Of a table: what stands in it, with its heading. */
  readonly rows?: readonly (readonly string[])[];
}

/** From when until when, in Unix seconds: the same for all panels. */
interface Time {
  readonly start: number;
  readonly end: number;
}

const COLUMN = 50;
const ROW = 26;
const GAP = 6;
const COLOURS = ['#3274d9', '#e0752d', '#2f8f4e', '#a352cc', '#c4162a', '#8f6d00', '#0e8a8a', '#d44a8c', '#5b6b7b', '#7a9a01'];
const LEGEND = 15;
const LONGEST_LEGEND = 6;

/** The dashboard as an SVG picture. Each panel carries its title as an element of its own, for those who do not see it. */
export function pictureOf(panels: readonly DrawnPanel[], time: Time): string {
  const height = Math.max(...panels.map(({ panel: { gridPos } }) => (gridPos.y + gridPos.h) * ROW));
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${24 * COLUMN} ${height}" font-family="sans-serif" font-size="11">`;
  const ground = `<rect width="${24 * COLUMN}" height="${height}" fill="#f1f3f5"/>`;
  return `${[head, ground, ...panels.map((panel) => drawPanel(panel, time)), '</svg>'].join('\n')}\n`;
}

function drawPanel(drawn: DrawnPanel, time: Time): string {
  const { panel } = drawn;
  const { width, height, left, top } = boxOf(panel.gridPos);
  const frame = `<rect width="${width}" height="${height}" rx="3" fill="#fff" stroke="#d5d9de"/>`;
  const title = text(10, 18, panel.title, 'font-weight="bold" font-size="12"');
  const content = { stat: drawStat, timeseries: drawLines, table: drawTable }[panel.type](drawn, width, height, time);
  return `<g transform="translate(${left} ${top})"><title>${escape(panel.title)}</title>${frame}${title}${content}</g>`;
}

function boxOf({ x, y, w, h }: Place) {
  return { left: x * COLUMN + GAP / 2, top: y * ROW + GAP / 2, width: w * COLUMN - GAP, height: h * ROW - GAP };
}

function drawStat({ panel, series }: DrawnPanel, width: number, height: number): string {
  const share = width / series.length;
  return series
    .map(({ name, points }, index) => {
      const value = formatValue(points.at(-1)?.[1] ?? Number.NaN, panel.fieldConfig.defaults.unit);
      const middle = share * (index + 0.5);
      const said = series.length > 1 ? text(middle, height - 10, name, 'text-anchor="middle" fill="#666"') : '';
      return text(middle, height / 2 + 18, value, 'text-anchor="middle" font-size="28" fill="#2f8f4e"') + said;
    })
    .join('');
}

function drawLines({ panel, series }: DrawnPanel, width: number, height: number, { start, end }: Time): string {
  const { unit, min, custom } = panel.fieldConfig.defaults;
  const stacked = custom?.stacking.mode === 'normal' ? stack(series) : series;
  const shown = stacked.slice(0, LONGEST_LEGEND);
  const plot = { left: 62, right: width - 12, top: 30, bottom: height - 24 - LEGEND * Math.ceil(shown.length / 2) };
  const ticks = axisOf(
    stacked.flatMap(({ points }) => points.map(([, value]) => value)),
    unit,
    min,
  );
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  const x = (at: number) => plot.left + ((at - start) / (end - start)) * (plot.right - plot.left);
  const y = (value: number) => plot.bottom - ((value - low) / (high - low)) * (plot.bottom - plot.top);
  const grid = ticks.map(
    (tick) =>
      `<path d="M${plot.left} ${y(tick).toFixed(1)}H${plot.right}" stroke="#e6e8eb"/>` +
      text(plot.left - 6, y(tick) + 4, formatValue(tick, unit), 'text-anchor="end" fill="#666"'),
  );
  const lines = stacked.map(({ points }, index) => {
    const path = points.map(([at, value], step) => `${step === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
    return `<path d="${path}" fill="none" stroke="${colour(index)}" stroke-width="1.4"/>`;
  });
  const names = shown.map(({ name }, index) => drawName(name, index, width, plot.bottom + 18));
  const span = text(plot.right, plot.bottom + 14, formatValue(end - start, 's'), 'text-anchor="end" fill="#666"');
  return [...grid, ...lines, ...names, span].join('');
}

/** Two names a line, below the plot. */
function drawName(name: string, index: number, width: number, top: number): string {
  const [left, baseline] = [14 + (index % 2) * (width / 2 - 20), top + LEGEND * (Math.floor(index / 2) + 0.6)];
  return `<rect x="${left}" y="${baseline - 4}" width="12" height="3" fill="${colour(index)}"/>${text(left + 18, baseline + 2, name)}`;
}

/** Each series on top of those before it. */
function stack(series: readonly Series[]): Series[] {
  const sums = new Map<number, number>();
  return series.map(({ name, points }) => ({
    name,
    points: points.map(([at, value]) => {
      const sum = (sums.get(at) ?? 0) + value;
      sums.set(at, sum);
      return [at, sum] as const;
    }),
  }));
}

function drawTable({ rows = [] }: DrawnPanel, width: number): string {
  const columns = rows[0]?.length ?? 1;
  return rows
    .map((cells, row) =>
      cells
        .map((cell, column) => text(14 + (column * (width - 20)) / columns, 42 + row * 18, cell, row === 0 ? 'font-weight="bold"' : ''))
        .join(''),
    )
    .join('');
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000';
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes === '' ? '' : ` ${attributes}`}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
