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

describe('docs/attributes.md', () => {
  it('names exactly the attributes there are, in their order', () =>
    assert.deepEqual(
      rows.map(({ name }) => name),
      Object.keys(ATTRIBUTES),
    ));

  it('names every key usage', () => {
    for (const usage of KEY_USAGES) assert.ok(page.includes(`\`${usage}\``), usage);
  });

  for (const { name, fallback, example } of rows) {
    it(`gives the default and a working example of ${name}`, () => {
      const attribute = findAttribute(name);
      assert.equal(fallback, attribute?.fallback);
      if (attribute?.notYet !== undefined) return assert.equal(refusals({ [name]: example }).length, 1);
      assert.ok(accepted({ [name]: example }));
    });
  }
});
