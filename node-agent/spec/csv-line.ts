import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

const QUOTING = 'put the whole item in double quotes, and write a double quote in it twice';

/**
 * The items of one line of CSV (RFC 4180, read as Go's encoding/csv does): an item in double quotes may hold commas, newlines
 * and doubled double quotes; items are not trimmed; empty lines around the one line are fine.
 */
export function parseCsvLine(text: string): Parsed<readonly string[], Fault> {
  const line = text.replaceAll('\r\n', '\n').replace(/\r$/, '').replace(/^\n+/, '');
  if (line === '') return refused({ why: 'holds no item', cure: 'write items with commas between them, or leave the attribute out' });
  const items: string[] = [];
  // One item, quoted or not, and what ends it.
  const item = /(?:"((?:[^"]|"")*)"|([^",\n][^,\n]*|))(,|\n+|$)/y;
  for (;;) {
    const match = item.exec(line);
    if (match === null) return refused({ why: 'has a double quote without its counterpart or amid an item', cure: QUOTING });
    const [, quoted, bare = '', end] = match;
    if (quoted === undefined && bare.includes('"')) return refused({ value: bare, why: 'has a double quote amid an item', cure: QUOTING });
    items.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === ',') continue;
    if (item.lastIndex === line.length) return parsed(items);
    return refused({ why: 'has a second line', cure: 'write all items on one line, with commas between them' });
  }
}
