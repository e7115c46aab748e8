import type { KeySpec } from '../wanted.ts';
import type { AttributeReader } from './attribute-reader.ts';
import { keywordInAnyCase } from './keyword.ts';
import { type Fault, type Parsed, all, parsed, refused } from './parsed.ts';

const SIZE = 'csi.cert-manager.io/key-size';
const ENCODING = 'csi.cert-manager.io/key-encoding';

const ALGORITHMS = ['RSA', 'ECDSA', 'Ed25519'] as const;
const ENCODINGS = ['PKCS1', 'PKCS8'] as const;

/** The kind of key: RSA of 2048 bits in PKCS1 unless the pod asks for another. */
export function parseKeySpec(reader: AttributeReader): Parsed<KeySpec> {
  const algorithm = reader.read('csi.cert-manager.io/key-algorithm', keywordInAnyCase(ALGORITHMS));
  const encoding = reader.read(ENCODING, keywordInAnyCase(ENCODINGS));
  // Without an algorithm no size can be judged, but the encoding's own problem can be told.
  if (algorithm.kind === 'refused')
    return encoding.kind === 'refused' ? { ...encoding, problems: [...algorithm.problems, ...encoding.problems] } : algorithm;
  switch (algorithm.value) {
    case 'RSA':
      return all<KeySpec & { algorithm: 'RSA' }>({
        algorithm: parsed('RSA'),
        bits: orElse(2048, reader.read(SIZE, parseRsaBits)),
        encoding: orElse('PKCS1', encoding),
      });
    case 'ECDSA':
      return all<KeySpec & { algorithm: 'ECDSA' }>({
        algorithm: parsed('ECDSA'),
        bits: orElse(256, reader.read(SIZE, parseCurveBits)),
        encoding: orElse('PKCS8', withoutPkcs1(encoding)),
      });
    case 'Ed25519':
      return withoutSize(reader, withoutPkcs1(encoding));
    default:
      return algorithm.value satisfies never;
  }
}

function withoutSize(reader: AttributeReader, encoding: Parsed<'PKCS8' | undefined>): Parsed<KeySpec> {
  const size = reader.read<undefined>(SIZE, () => refused({ why: 'is not for Ed25519, whose keys have one size', cure: 'remove it' }));
  const parts = all<{ size: undefined; encoding: 'PKCS8' }>({ size, encoding: orElse('PKCS8', encoding) });
  return parts.kind === 'parsed' ? parsed({ algorithm: 'Ed25519', encoding: 'PKCS8' }) : parts;
}

function withoutPkcs1(encoding: Parsed<'PKCS1' | 'PKCS8' | undefined>): Parsed<'PKCS8' | undefined> {
  if (encoding.kind === 'refused') return encoding;
  if (encoding.value !== 'PKCS1') return parsed(encoding.value);
  return refused({
    field: ENCODING,
    value: 'PKCS1',
    why: 'is for RSA keys only (RFC 8017 appendix A.1)',
    cure: 'write "PKCS8" or remove it',
  });
}

function parseRsaBits(text: string): Parsed<number, Fault> {
  const bits = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (bits >= 2048 && bits <= 8192) return parsed(bits);
  return refused({ why: 'is not a size for RSA keys', cure: 'write a number of bits from 2048 to 8192' });
}

function parseCurveBits(text: string): Parsed<256 | 384 | 521, Fault> {
  const bits = ([256, 384, 521] as const).find((size) => String(size) === text);
  return bits === undefined ? refused({ why: 'is not a size for ECDSA keys', cure: 'write 256, 384 or 521' }) : parsed(bits);
}

function orElse<T>(fallback: T, result: Parsed<T | undefined>): Parsed<T> {
  return result.kind === 'parsed' ? parsed(result.value ?? fallback) : result;
}
