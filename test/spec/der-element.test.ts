import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { isDerElement } from '../../node-agent/spec/der-element.ts';

/** A DER element around the contents. */
function element(tag: number, contents: Uint8Array): Uint8Array {
  const { length } = contents;
  const digits = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Uint8Array.of(tag, ...(length < 0x80 ? [length] : [0x80 | digits.length, ...digits]), ...contents);
}

function nested(depth: number): Uint8Array {
  return depth === 0 ? Uint8Array.of(0x05, 0x00) : element(0x30, nested(depth - 1));
}

describe('a DER element', () => {
  const sound = ['0c00', '0c0141', '3000', '30030c0141', '30060c01410c0142', `0c8180${'41'.repeat(128)}`, `0c820100${'41'.repeat(256)}`];
  for (const hex of sound) {
    it(`is ${hex.slice(0, 20)}, as OpenSSL says too`, () => {
      const bytes = Buffer.from(hex, 'hex');
      assert.ok(isDerElement(bytes));
      assert.equal(spawnSync('openssl', ['asn1parse', '-inform', 'DER'], { input: bytes }).status, 0);
    });
  }

  const wrong = {
    nothing: '',
    'a tag alone': '0c',
    'too short': '0c0241',
    'followed by more': '0c0141ff',
    'of the end-of-contents tag': '0000',
    'of a tag in several bytes': '1f0101',
    'of indefinite length': '30800c01410000',
    'of a length in one byte too many': '0c810141',
    'of a length with a zero in front': `0c820080${'41'.repeat(128)}`,
    'of a length in four bytes': '0c84000000014141',
    'of a length cut off': '0c82',
    'around a child that reaches out of it': '30020c01',
    'around a child and half a tag': '30040c01410c',
    'a string in pieces': '2406040141040142',
    'text that is not UTF-8': '0c02c328',
  };
  for (const [name, hex] of Object.entries(wrong)) {
    it(`is not one that is ${name}`, () => assert.equal(isDerElement(Buffer.from(hex, 'hex')), false));
  }

  it('is no deeper than any name needs', () => {
    assert.ok(isDerElement(nested(16)));
    assert.equal(isDerElement(nested(17)), false);
    assert.equal(isDerElement(Buffer.from('3080'.repeat(20_000), 'hex')), false);
  });

  it('is what any contents are wrapped in, and nothing shorter or longer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (contents) => {
        const whole = element(0x04, contents);
        assert.ok(isDerElement(whole));
        assert.equal(isDerElement(whole.subarray(0, -1)), false);
        assert.equal(isDerElement(Uint8Array.of(...whole, 0x05)), false);
      }),
    );
  });
});
