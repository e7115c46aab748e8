import { safeText } from './safe-text.ts';
import type { Paint, Tone } from './colour.ts';

/** A cell: its text, from the cluster perhaps, and how it is to strike the eye. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

const GAP = '   ';

/** Lines of columns under headings, as kubectl prints them; an empty cell shows as `-`. */
export function renderTable(headings: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string {
  const shown = rows.map((row) => row.map(({ text, tone }) => ({ text: safeText(text) || '-', tone })));
  const widths = headings.map((heading, column) => Math.max(heading.length, ...shown.map((row) => row[column]?.text.length ?? 0)));
  const line = (cells: readonly { readonly text: string; readonly tone?: Tone | undefined }[]) =>
    cells
      .map(({ text, tone }, column) => {
        const padding = column === cells.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - text.length) + GAP;
        return paint(text, tone) + padding;
      })
      .join('');
  return [headings.map((text) => ({ text })), ...shown].map((cells) => `${line(cells)}\n`).join('');
}
