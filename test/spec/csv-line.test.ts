import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseCsvLine } from '../../node-agent/spec/csv-line.ts';

function quote(item: string): string {
  return `"${item.replaceAll('"', '""')}"`;
}

describe('a line of CSV', () => {
  const read: readonly (readonly [text: string, items: readonly string[]])[] = [
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a , b ', [' a ', ' b ']],
    ['a,,b,', ['a', '', 'b', '']],
    ['"10 Downing Street, Westminster",Manchester', ['10 Downing Street, Westminster', 'Manchester']],
    ['"a ""b"" c"', ['a "b" c']],
    ['"",""""', ['', '"']],
    ['"a\nb"', ['a\nb']],
    ['"a\r\nb"', ['a\nb']],
    ['\n\r\n\na,b\r\n\n', ['a', 'b']],
    ['a\rb\r', ['a\rb']],
    [' ', [' ']],
    ['ü,日本', ['ü', '日本']],
  ];
  for (const [text, items] of read) {
    it(`${JSON.stringify(text)} holds ${JSON.stringify(items)}`, () =>
      assert.deepEqual(parseCsvLine(text), { kind: 'parsed', value: items }));
  }

  for (const text of ['', '\n', '\r\n\n', 'a\nb', 'a\n\nb', 'a\n \n', '"a', 'a"b', 'a"', '"a"b', '"a" ,b', ' "a"', 'x,"', '"a"""b']) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseCsvLine(text).kind, 'refused'));
  }

  it('holds what was quoted into it, whatever that is', () => {
    const items = fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'ü') }), { minLength: 1 });
    fc.assert(
      fc.property(items, (given) => {
        assert.deepEqual(parseCsvLine(given.map(quote).join(',')), { kind: 'parsed', value: given });
      }),
    );
  });
});
