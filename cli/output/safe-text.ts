import { escapeUnsafe } from '../../driver/report/unsafe-characters.ts';

/** Text from the cluster as it may go to a terminal: what a terminal acts on or hides, and what would break a line or a column, as JSON writes it. */
export const safeText = escapeUnsafe;

/** A value as indented JSON (RFC 8259) that holds no character a terminal acts on. */
export function safeJson(value: unknown): string {
  // The line feeds of the indentation stay; those within strings were escaped by then.
  return JSON.stringify(value, undefined, 2).split('\n').map(safeText).join('\n');
}
