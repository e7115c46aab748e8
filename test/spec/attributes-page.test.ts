import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ATTRIBUTES, findAttribute } from '../../node-agent/spec/attribute-table.ts';
import { KEY_USAGES } from '../../node-agent/wanted.ts';
import { accepted, refusals } from './publish-request.ts';

const page = await readFile(new URL('../../docs/attributes.md', import.meta.url), 'utf8');

/** The page's rows that begin with an attribute's full name. */
const rows = [...page.matchAll(/^\| `([^`]+\/[^`]+)` \| (?:`([^`]*)`|–) \| [^|]+ \| `([^`]+)` \|[^|]*\|$/gm)].map(
  ([, name = '', fallback, example = '']) => ({
    name,
    fallback,
    example,
  }),
);

/** Attributes that say nothing without another. */
const NEEDED: Readonly<Record<string, string>> = { 'podcert.io/combined-order': 'podcert.io/combined-file' };

/** The page's example of an attribute, with that of the one it needs. */
function exampleOf(name: string): Record<string, string> {
  const needed = NEEDED[name];
  const { example = '' } = rows.find((row) => row.name === name) ?? {};
  return { [name]: example, ...(needed !== undefined && exampleOf(needed)) };
}

describe('docs/attributes.md', () => {
  it('names exactly the attributes there are, in their order', () =>
    assert.deepEqual(
      rows.map(({ name }) => name),
      Object.keys(ATTRIBUTES),
    ));

  it('names every key usage', () => {
    for (const usage of KEY_USAGES) assert.ok(page.includes(`\`${usage}\``), usage);
  });

  for (const { name, fallback } of rows) {
    it(`gives the default and a working example of ${name}`, () => {
      const attribute = findAttribute(name);
      assert.equal(fallback, attribute?.fallback);
      if (attribute?.notYet !== undefined) return assert.equal(refusals(exampleOf(name)).length, 1);
      assert.ok(accepted(exampleOf(name)));
    });
  }
});
