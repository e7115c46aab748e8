import type { Problem } from '../errors.ts';
import type { AttributeName } from './attribute-table.ts';
import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

/** NAME_MAX of Linux file systems. */
const MAXIMUM_BYTES = 255;

/** A plain name within the volume's own directory; one that begins with `..` could be one of ours there. */
export function parseFileName(text: string): Parsed<string, Fault> {
  const rules: readonly (readonly [isBroken: boolean, why: string])[] = [
    [text.includes('/'), 'is a path'],
    [text === '.' || text.startsWith('..'), 'is "." or begins with ".."'],
    [text.includes('\0'), 'has a NUL character within'],
    [text.trim() !== text, 'has a space around it'],
    [Buffer.byteLength(text) > MAXIMUM_BYTES, `is longer than ${MAXIMUM_BYTES} bytes`],
  ];
  const broken = rules.filter(([isBroken]) => isBroken).map(([, why]) => why);
  if (broken.length === 0) return parsed(text);
  return refused({ why: broken.join(' and '), cure: 'write a plain file name, such as "tls.crt"' });
}

/** A file of a volume, and the attribute that names it. */
export interface NamedFile {
  readonly attribute: AttributeName;
  readonly name: string;
}

/** One problem for each file that has the name of one before it. */
export function sharedNames(files: readonly NamedFile[]): readonly Problem[] {
  const owners = new Map<string, AttributeName>();
  return files.flatMap(({ attribute, name }) => {
    const owner = owners.get(name);
    if (owner === undefined) owners.set(name, attribute);
    if (owner === undefined) return [];
    const cure = 'give each file a name of its own';
    return [{ field: attribute, value: name, why: `is the name of another file too, that of ${owner}`, cure }];
  });
}
