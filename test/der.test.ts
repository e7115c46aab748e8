import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { decode, decodeAll, encode, encodeBits, encodeInteger, encodeObjectIdentifier, TAG } from '../node-agent/der.ts';

describe('DER', () => {
  for (const [length, header] of [
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_536, '0483010000'],
  ] as const) {
    it(`has the shortest length for ${length} octets`, () => {
      const encoded = encode(TAG.octetString, Buffer.alloc(length));
      assert.equal(encoded.subarray(0, encoded.length - length).toString('hex'), header);
      assert.equal(decode(encoded).content.length, length);
    });
  }

  for (const [bits, hex] of [
    [[], '030100'],
    [[0], '03020780'],
    [[0, 2], '030205a0'],
    [[5, 6], '03020106'],
    [[8], '0303070080'],
  ] as const) {
    it(`writes the named bits ${JSON.stringify(bits)} without trailing zeros`, () => assert.equal(encodeBits(bits).toString('hex'), hex));
  }

  for (const [value, hex] of [
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [2_048, '02020800'],
    [32_768, '0203008000'],
    [2_147_483_647, '02047fffffff'],
  ] as const) {
    it(`writes the integer ${value} in as few octets as it takes`, () => assert.equal(encodeInteger(value).toString('hex'), hex));
  }

  for (const [dotted, hex] of [
    ['2.5.4.3', '0603550403'],
    ['1.2.840.113549.1.9.1', '06092a864886f70d010901'],
    ['2.999.1', '0603883701'],
    ['2.5.4.18446744073709551616', '060c550482808080808080808000'],
  ] as const) {
    it(`writes the object identifier ${dotted}`, () => assert.equal(encodeObjectIdentifier(dotted).toString('hex'), hex));
  }

  for (const [name, hex] of [
    ['the indefinite length', '30800000'],
    ['a length beyond the end', '300301'],
    ['a length of five octets', '30850000000001aa'],
    ['a length cut short', '3082'],
    ['a tag of several octets', '1f8101'],
    ['a lone tag', '30'],
    ['nothing', ''],
    ['two values', '05000500'],
  ] as const) {
    it(`is refused with ${name}, where one value is expected`, () => {
      assert.throws(() => decode(Buffer.from(hex, 'hex')), { code: 'certificate-refused' });
    });
  }

  it('is read with a length longer than it need be, as OpenSSL reads it', () => {
    assert.equal(decode(Buffer.from('04810161', 'hex')).content.toString(), 'a');
  });

  it('is read as a whole or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const elements = decodeAll(bytes);
          assert.deepEqual(Buffer.concat(elements.map(({ raw }) => raw)), Buffer.from(bytes));
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, 'certificate-refused');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
