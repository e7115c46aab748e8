import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ATTRIBUTES, findAttribute } from '../../node-agent/spec/attribute-table.ts';
import { KEY_USAGES } from '../../node-agent/wanted.ts';
import { accepted } from './publish-request.ts';

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
const [ENABLE, PASSWORD] = ['csi.cert-manager.io/pkcs12-enable', 'csi.cert-manager.io/pkcs12-password'];
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'podcert.io/combined-order': ['podcert.io/combined-file'],
  [ENABLE]: [PASSWORD],
  'csi.cert-manager.io/pkcs12-filename': [ENABLE, PASSWORD],
  [PASSWORD]: [ENABLE],
  'podcert.io/pkcs12-password-key': [ENABLE],
  'podcert.io/pkcs12-profile': [ENABLE, PASSWORD],
  'podcert.io/truststore-file': [ENABLE, PASSWORD],
};

/** The page's example of an attribute, with those of the ones it needs. */
function exampleOf(name: string): Record<string, string> {
  const names = [name, ...(NEEDED[name] ?? [])];
  return Object.fromEntries(names.map((each) => [each, rows.find((row) => row.name === each)?.example ?? '']));
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
      assert.ok(accepted(exampleOf(name), { secrets: { 'keystore-password': 'changeit' } }));
    });
  }
});
