import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accepted, refusals } from './publish-request.ts';

function subject(attributes: Record<string, string>): readonly string[] {
  return accepted(attributes).wanted.subject.map((name) =>
    name.map(({ oid, value }) => `${oid}=${value.kind === 'text' ? value.text : ''}`).join('+'),
  );
}

describe('a subject', () => {
  it('has its types in the peer’s order, all values of one in one RDN', () => {
    const attributes = {
      serialnumber: '42',
      'common-name': '$POD_NAME',
      organizationalunits: 'ops,dev',
      organizations: '"Example, Inc.", b ',
      postalcodes: '80331',
      streetaddresses: 'Tal 1',
      localities: 'München',
      provinces: '$POD_NAMESPACE',
      countries: 'DE,AT',
    };
    assert.deepEqual(subject(attributes), [
      '2.5.4.6=DE+2.5.4.6=AT',
      '2.5.4.8=shop',
      '2.5.4.7=München',
      '2.5.4.9=Tal 1',
      '2.5.4.17=80331',
      '2.5.4.10=Example, Inc.+2.5.4.10= b ',
      '2.5.4.11=ops+2.5.4.11=dev',
      '2.5.4.3=web-6d4cf56db6-x7k2p',
      '2.5.4.5=42',
    ]);
  });

  it('does not expand its serial number', () => assert.deepEqual(subject({ serialnumber: '$$1 $POD_NAME' }), ['2.5.4.5=$$1 $POD_NAME']));

  it('drops empty items, and a type of which nothing is left', () =>
    assert.deepEqual(subject({ organizations: 'a,,', countries: ',' }), ['2.5.4.10=a']));

  it('is the literal one, whatever the attributes that it replaces hold', () => {
    const ignored = { 'common-name': '$NOPE', organizations: 'a"b', countries: '\0', serialnumber: '\0' };
    assert.deepEqual(subject({ 'literal-subject': 'CN=$POD_NAME,O=x', ...ignored }), ['2.5.4.10=x', '2.5.4.3=web-6d4cf56db6-x7k2p']);
  });

  it('tells what is wrong with each of its attributes', () => {
    const attributes = { 'common-name': 'a\0', organizations: 'a\nb', countries: '$X', localities: 'x"y', serialnumber: '\0' };
    assert.deepEqual(refusals(attributes), [
      'countries "$X"',
      'localities "x\\"y"',
      'organizations "a\\nb"',
      'common-name "a\\u0000"',
      'serialnumber "\\u0000"',
    ]);
    assert.deepEqual(refusals({ 'literal-subject': ' ' }), ['literal-subject " "']);
  });
});
