import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { invalidRequest } from '../../node-agent/errors.ts';
import { ATTRIBUTES } from '../../node-agent/spec/attribute-table.ts';
import { MAXIMUM_ATTRIBUTES, MAXIMUM_ATTRIBUTE_BYTES, MAXIMUM_KEY_BYTES } from '../../node-agent/spec/limits.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { MAXIMUM_PROBLEMS, each, refused } from '../../node-agent/spec/parsed.ts';
import { SURROUNDINGS, KUBELET_ATTRIBUTES, accepted, publishRequest, refusals } from './publish-request.ts';

function annotations(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`a/x${i}`, '']));
}

describe('the limits of a request', () => {
  const sizeBytes = Object.entries(publishRequest().attributes).reduce((sum, [name, value]) => sum + name.length + value.length, 0);

  it('hold for names and values together', () => {
    const fitting = 'x'.repeat(MAXIMUM_ATTRIBUTE_BYTES - sizeBytes - 'example.com/a'.length);
    assert.ok(accepted({ 'example.com/a': fitting }));
    assert.deepEqual(refusals({ 'example.com/a': `${fitting}x` }), ['volumeAttributes']);
  });

  it('do not count the tokens that kubelet adds', () =>
    assert.ok(accepted({ 'csi.storage.k8s.io/serviceAccount.tokens': 'x'.repeat(MAXIMUM_ATTRIBUTE_BYTES) })));

  it('hold for the number of attributes', () => {
    const left = MAXIMUM_ATTRIBUTES - Object.keys(publishRequest().attributes).length;
    assert.ok(accepted(annotations(left)));
    assert.deepEqual(refusals(annotations(left + 1)), ['volumeAttributes']);
  });

  it('hold for the length of a key', () => {
    const key = `a/${'b'.repeat(MAXIMUM_KEY_BYTES)}`;
    assert.deepEqual(refusals({ [key]: '' }), [`volumeAttributes ${JSON.stringify(key)}`]);
  });

  const lists: readonly (readonly [name: string, item: string, most: number])[] = [
    ['key-usages', 'any,', 1_000],
    ['organizations', 'x,', 100],
    ['literal-subject', 'O=x,', 100],
  ];
  for (const [name, item, most] of lists) {
    it(`hold for the items of ${name}`, () => {
      assert.ok(accepted({ [name]: item.repeat(most).slice(0, -1) }));
      assert.equal(refusals({ [name]: item.repeat(most + 1).slice(0, -1) }).length, 1);
    });
  }

  it('end the search for problems', () => {
    let looked = 0;
    const parse = () => refused({ why: `number ${(looked += 1)}`, cure: '' });
    each(Array.from({ length: 60_000 }), parse);
    assert.equal(looked, MAXIMUM_PROBLEMS + 1);
  });

  it('let nothing in that is not Unicode', () => {
    assert.deepEqual(refusals({ 'privatekey-file': '\ud800' }), ['volumeAttributes "csi.cert-manager.io/privatekey-file"']);
    assert.deepEqual(refusals({ 'x\udfff': '' }), ['volumeAttributes "csi.cert-manager.io/x\\udfff"']);
  });
});

const HOSTILE_CHARACTERS = [...'aZ09 ,;+=#\\"$%{}/.:@-_*<>|'.split(''), '\n', '\r', '\0', 'ü', 'Ａ', '\u2028', '\ud800', '\u{1f600}'];

/** Texts that parsers stumble over, and any others. */
const hostileText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...HOSTILE_CHARACTERS), maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('..', '../../etc/passwd', '$(reboot)', '`id`', '__proto__', '${POD_NAME}', 'a'.repeat(255), '1h', '-1', '1e999', 'true'),
);
const hostileKey = fc.oneof(
  fc.constantFrom(...Object.keys(ATTRIBUTES), ...Object.keys(KUBELET_ATTRIBUTES), '__proto__', 'constructor/x'),
  hostileText,
);

describe('a hostile request', () => {
  it('is never more than refused, in one line that names each field', () => {
    const request = fc.record({
      volumeId: hostileText,
      targetPath: hostileText,
      readOnly: fc.boolean(),
      attributes: fc.dictionary(hostileKey, hostileText),
      access: fc.constantFrom('mount', 'block', 'none'),
      volumeMountGroup: hostileText,
    });
    fc.assert(
      fc.property(request, ({ attributes, ...fields }) => {
        const result = parseSpec({ ...publishRequest(), ...fields, attributes }, SURROUNDINGS);
        assert.ok(result.kind === 'refused' && result.problems.length > 0);
        assert.ok(result.problems.every(({ field, why, cure }) => field && why && cure));
        assert.doesNotMatch(invalidRequest('Cannot publish', result.problems).message, /[\n\r\0]/);
      }),
    );
  });

  it('of sound form gives names that stay within the volume', () => {
    fc.assert(
      fc.property(fc.dictionary(hostileKey, hostileText), (attributes) => {
        const result = parseSpec(publishRequest({}, { attributes: { ...attributes, ...publishRequest().attributes } }), SURROUNDINGS);
        if (result.kind === 'refused') return;
        const { caFile, certificateFile, keyFile } = result.spec.files;
        for (const name of [caFile, certificateFile, keyFile]) assert.doesNotMatch(name, /^\.\.|^\.$|[/\0]|^$/);
        assert.equal(new Set([caFile, certificateFile, keyFile]).size, 3);
      }),
    );
  });

  const length = 60_000;
  const floods = [
    ',',
    ';',
    '+',
    '\\',
    '"',
    '$',
    '${',
    '$A',
    ' ',
    '\n',
    '#',
    '=',
    '%',
    '[',
    '0',
    '1h',
    '.',
    'CN=a,',
    'CN=\\\\',
    '"a",',
    '""',
    'a:',
    'a\r\n',
    'ü',
    ' ,',
  ];
  for (const flood of floods) {
    it(`of ${JSON.stringify(flood)} sixty thousand bytes long is judged at once, in any attribute`, () => {
      const long = flood.repeat((length - 20) / Buffer.byteLength(flood));
      const values = Object.keys(ATTRIBUTES).map((name): readonly [name: string, value: string] => [name, long]);
      for (const [name, value] of [...values, ['literal-subject', `CN=${long}x`], ['uri-sans', `https://a/${long}x`]] as const) {
        const before = process.cpuUsage();
        parseSpec(publishRequest({ [name]: value }), SURROUNDINGS);
        assert.ok(process.cpuUsage(before).user < 2_000_000, name);
      }
    });
  }
});
