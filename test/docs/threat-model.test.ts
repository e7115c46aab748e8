import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const DOCS = join(import.meta.dirname, '../../docs');
const page = readFileSync(join(DOCS, 'threat-model.md'), 'utf8');

/** A test as the page names it: its name is the text of a link to its file. */
interface Citation {
  readonly name: string;
  readonly path: string;
}

function citationsIn(text: string): readonly Citation[] {
  const links = [...text.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+\.test\.ts)\)/g)];
  return links.map(([, name = '', path = '']) => ({ name, path }));
}

/** The names of the tests in a file, without the invariants that they try; `…` where a name has a variable. */
function testNames(source: string): ReadonlySet<string> {
  const names = [...source.matchAll(/\bit\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, , name = '']) => name);
  return new Set(
    names.map((name) =>
      name
        .replaceAll(/\$\{[^}]*\}/g, '…')
        .replaceAll(/\\(.)/g, '$1')
        .replace(/ \(invariants? [\d, and]+\)$/, ''),
    ),
  );
}

describe('the threat model', () => {
  it('cites only tests that there are', () => {
    const citations = citationsIn(page);
    assert.ok(citations.length > 40, `only ${citations.length} citations`);
    const wrong = citations.filter(({ name, path }) => {
      const file = join(DOCS, path);
      return !existsSync(file) || !testNames(readFileSync(file, 'utf8')).has(name);
    });
    assert.deepEqual(wrong, []);
  });

  it('has a test for every row that says what stops somebody', () => {
    const tables = page.split('\n\n').filter((block) => block.split('\n', 1)[0]?.endsWith('| tested by |'));
    const rows = tables.flatMap((table) => table.trim().split('\n').slice(2));
    assert.ok(rows.length > 30, `only ${rows.length} rows`);
    assert.deepEqual(
      rows.filter((row) => citationsIn(row.slice(row.lastIndexOf(' | '))).length === 0),
      [],
    );
  });

  it('promises no seccomp profile, which privileged containers do not get', () => {
    assert.match(page, /no seccomp profile is claimed/);
  });
});
