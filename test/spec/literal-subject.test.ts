import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseLiteralSubject } from '../../node-agent/spec/literal-subject.ts';
import type { NameAttribute } from '../../node-agent/wanted.ts';

function show({ oid, value }: NameAttribute): string {
  return `${oid}=${value.kind === 'text' ? value.text : `#${Buffer.from(value.bytes).toString('hex')}`}`;
}

/** A parsed subject as `oid=text` or `oid=#hex`, RDN by RDN. */
function shown(text: string): readonly (readonly string[])[] | undefined {
  const subject = parseLiteralSubject(text);
  return subject.kind === 'parsed' ? subject.value.map((name) => name.map(show)) : undefined;
}

/** RFC 4514 section 2.4, with hexadecimal pairs throughout. */
function escape(text: string): string {
  return text.replaceAll(/[\\"+,;<>\p{Cc}]|^[ #]| $/gu, (character) => Buffer.from(character).toString('hex').replaceAll(/../g, '\\$&'));
}

describe('a literal subject', () => {
  const read: readonly (readonly [text: string, names: readonly (readonly string[])[]])[] = [
    ['CN=web', [['2.5.4.3=web']]],
    ['CN=web,O=Example,C=DE', [['2.5.4.6=DE'], ['2.5.4.10=Example'], ['2.5.4.3=web']]],
    ['CN=web;O=Example', [['2.5.4.10=Example'], ['2.5.4.3=web']]],
    ['OU=a+CN=b,O=c', [['2.5.4.10=c'], ['2.5.4.11=a', '2.5.4.3=b']]],
    [
      'SERIALNUMBER=1,L=2,ST=3,STREET=4,DC=5,UID=6',
      [['0.9.2342.19200300.100.1.1=6'], ['0.9.2342.19200300.100.1.25=5'], ['2.5.4.9=4'], ['2.5.4.8=3'], ['2.5.4.7=2'], ['2.5.4.5=1']],
    ],
    ['1.3.6.1.4.1.311.20.2.3=x', [['1.3.6.1.4.1.311.20.2.3=x']]],
    ['2.999.0=x', [['2.999.0=x']]],
    // Space around types and values does not count, escaped space does.
    [' CN = web , O = Example \n', [['2.5.4.10=Example'], ['2.5.4.3=web']]],
    ['CN=\\ web\\ , O=x', [['2.5.4.10=x'], ['2.5.4.3= web ']]],
    ['CN=web\\  ', [['2.5.4.3=web ']]],
    ['CN=web\\\\  ', [['2.5.4.3=web\\']]],
    // Escapes, the examples of RFC 4514 section 4 among them.
    ['CN=James \\"Jim\\" Smith\\, III', [['2.5.4.3=James "Jim" Smith, III']]],
    ['CN=Before\\0dAfter', [['2.5.4.3=Before\rAfter']]],
    ['CN=Lu\\C4\\8Di\\C4\\87', [['2.5.4.3=Lučić']]],
    ['CN=Lučić 日本 😀', [['2.5.4.3=Lučić 日本 😀']]],
    ['CN=\\#a\\+b\\;c\\<d\\>e\\=f\\\\g', [['2.5.4.3=#a+b;c<d>e=f\\g']]],
    ['CN=\\2C\\2b', [['2.5.4.3=,+']]],
    ['CN=a=b#c', [['2.5.4.3=a=b#c']]],
    ['CN=\\EF\\BB\\BFa', [['2.5.4.3=\uFEFFa']]],
    ['1.3.6.1.4.1.1466.0=#04024869', [['1.3.6.1.4.1.1466.0=#04024869']]],
    ['CN= #0C0141 ', [['2.5.4.3=#0c0141']]],
  ];
  for (const [text, names] of read) {
    it(`${JSON.stringify(text)} is ${JSON.stringify(names)}`, () => assert.deepEqual(shown(text), names));
  }

  const refused = {
    'is blank': ['', '  ', '\n\t'],
    'is not of the form': [',', 'CN', 'CN=a,', ',CN=a', 'CN=a,,O=b', 'CN=a+', 'a\\,b'],
    'type that is not known': [
      'cn=a',
      'Cn=a',
      '=a',
      'E=a',
      'emailAddress=a',
      'postalCode=1',
      'OID.2.5.4.3=a',
      'CN\\=a=b',
      '__proto__=a',
      'constructor=a',
    ],
    'type that is not known here': [
      '2=a',
      '3.1=a',
      '1.40=a',
      '2.05.4=a',
      '2.5.=a',
      '.2.5=a',
      '2.5.4.2147483648=a',
      `2.5${'.1'.repeat(200)}=a`,
    ],
    'empty value': ['CN=', 'CN= ,O=a'],
    'must be escaped': ['CN="web"', 'CN=a"b', 'CN=a<b', 'CN=a>b'],
    'escapes nothing': ['CN=a\\', 'CN=a\\x', 'CN=a\\4', 'CN=\\\n', 'CN=a\\\\\\'],
    'not UTF-8': ['CN=\\ff', 'CN=\\C4', 'CN=\\ED\\A0\\80', 'CN=\\C0\\80'],
    'NUL character': ['CN=admin\\00.example', 'CN=a\0b'],
    'not ASCII': ['DC=münchen', '1.2.840.113549.1.9.1=ü@example.com'],
    'no ASN.1 value': [
      'CN=#',
      'CN=#1',
      'CN=#0c0',
      'CN=#0g',
      'CN=#0c',
      'CN=#0c02',
      'CN=#0c0141ff',
      'CN=#0c01 41',
      'CN=#30800000',
      'CN=#0000',
    ],
  };
  for (const [why, texts] of Object.entries(refused)) {
    for (const text of texts) {
      it(`is not ${JSON.stringify(text).slice(0, 40)}: ${why}`, () => {
        const result = parseLiteralSubject(text);
        assert.ok(result.kind === 'refused' && result.problems[0]?.why.includes(why), JSON.stringify(result));
      });
    }
  }

  it('tells every wrong part', () => {
    const result = parseLiteralSubject('cn=a,O=b,CN="c"+X=1');
    assert.deepEqual(result.kind === 'refused' && result.problems.map(({ value }) => value), ['cn=a', 'CN="c"', 'X=1']);
  });

  it('gives back every text that is escaped as RFC 4514 section 2.4 says', () => {
    // Other space at the ends is trimmed, as the peer does, and is not the subject of that section.
    const values = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\0') && text.trim() === text);
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (given) => {
        const names = shown(given.map((value) => `O=${escape(value)}`).join(','));
        assert.deepEqual(names, given.map((value) => [`2.5.4.10=${value}`]).toReversed());
      }),
    );
  });

  it('gives back every text of special characters and spaces, all escaped', () => {
    const values = fc.string({ unit: fc.constantFrom(' ', '"', '#', '+', ',', ';', '<', '=', '>', '\\'), minLength: 1 });
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(shown(`O=${value.replaceAll(/./g, '\\$&')}`), [[`2.5.4.10=${value}`]]);
      }),
    );
  });
});
