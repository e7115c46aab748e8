import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { KEY_USAGES } from '../../node-agent/wanted.ts';
import { ATTRIBUTE_ROWS, type AttributeRow } from '../docs/attribute-rows.ts';
import { accepted, refusals } from './publish-request.ts';

const page = await readFile(new URL('../../docs/attributes.md', import.meta.url), 'utf8');

const ROWS: Readonly<Record<string, AttributeRow>> = ATTRIBUTE_ROWS;
const SECRETS = { 'keystore-password': 'changeit' };

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

/** A volume with this value of an attribute, and the page's examples of those that it needs. */
function volumeWith(name: string, value: string): Record<string, string> {
  const needed = (NEEDED[name] ?? []).map((each) => [each, ROWS[each]?.example ?? '']);
  return { ...Object.fromEntries(needed), [name]: value };
}

describe('docs/attributes.md', () => {
  it('names every key usage', () => {
    for (const usage of KEY_USAGES) assert.ok(page.includes(`\`${usage}\``), usage);
  });

  for (const [name, { example, refused }] of Object.entries(ROWS)) {
    it(`gives a working example of ${name}`, () => assert.ok(accepted(volumeWith(name, example), { secrets: SECRETS })));

    it(`knows whether ${name} may be anything`, () => {
      const problems = refusals(volumeWith(name, refused ?? '"anything, at all: \t$'), { secrets: SECRETS });
      const named = problems.filter((problem) => problem.startsWith(name.replace('csi.cert-manager.io/', '')));
      assert.equal(named.length > 0, refused !== undefined, problems.join(' | '));
    });
  }
});
