import * as fc from 'fast-check';
import { TAG, encode } from '../../node-agent/der.ts';

/** A value of DER taken apart, so that one can be changed deep inside while all lengths around it stay right. */
interface Tree {
  readonly tag: number;
  /** What comes before the parts: the count of unused bits of a BIT STRING. */
  readonly prefix: Buffer;
  readonly parts: Tree[] | undefined;
  readonly content: Buffer;
}

/** Dates that calendars do not have, or programs do not expect, and object identifiers of what a certificate is judged by. */
const CONTENTS = [
  ...['991301000000Z', '260230000000Z', '26113012Z', '260101000000+0100', '99991231235959Z', '000001010000Z', '20260101000000.5Z', ''].map(
    (text) => Buffer.from(text),
  ),
  ...[
    '551d0e',
    '551d0f',
    '551d11',
    '551d13',
    '551d25',
    '2a8648ce3d030107',
    '2a864886f70d010101',
    '2b6570',
    '00',
    '80',
    'ffffffffffffffff',
    '0001',
  ].map((hex) => Buffer.from(hex, 'hex')),
  Buffer.alloc(300, 0x41),
];

const TAGS = [...Object.values(TAG), 0x17, 0x18, 0x80, 0x82, 0x86, 0x87, 0xa0, 0xa3, 0x0a, 0x00];

interface Damage {
  readonly kind: 'remove' | 'repeat' | 'tag' | 'content' | 'byte' | 'swap' | 'empty' | 'copy' | 'date';
  readonly at: number;
  readonly other: number;
  readonly tag: number;
  readonly content: Buffer;
}

const damages: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('remove', 'repeat', 'tag', 'content', 'byte', 'swap', 'empty', 'copy', 'date'),
  at: fc.nat(10_000),
  other: fc.nat(10_000),
  tag: fc.constantFrom(...TAGS),
  content: fc.oneof(
    fc.constantFrom(...CONTENTS),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  ),
});

/** DER that was sound, with one to three values within it changed, doubled, moved or gone. */
export function damagedDer(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  return fc.tuple(bytes, fc.array(damages, { minLength: 1, maxLength: 3 })).map(([bytes, all]) => {
    const roots = takeApart(Buffer.from(bytes)) ?? [];
    for (const damage of all) apply(damage, roots);
    return Buffer.concat(roots.map(putTogether));
  });
}

/** A part and where it is. */
interface Place {
  readonly siblings: Tree[];
  readonly index: number;
}

function apply({ kind, at, other, tag, content }: Damage, roots: Tree[]): void {
  const all = placesOf(roots);
  const places = kind === 'date' ? all.filter(({ siblings, index }) => [0x17, 0x18].includes(siblings[index]?.tag ?? 0)) : all;
  const { siblings, index } = places[at % places.length] ?? { siblings: roots, index: 0 };
  const there = places[other % places.length];
  const [part, another] = [siblings[index], there?.siblings[there.index]];
  if (part === undefined || another === undefined) return;
  const leaf = (content: Buffer): Tree => ({ ...part, prefix: Buffer.alloc(0), parts: undefined, content });
  switch (kind) {
    case 'remove':
      siblings.splice(index, 1);
      break;
    case 'repeat':
      siblings.splice(index, 0, part);
      break;
    case 'tag':
      siblings[index] = { ...part, tag };
      break;
    case 'content':
    case 'date':
      siblings[index] = leaf(content);
      break;
    case 'byte':
      siblings[index] = leaf(flip(contentOf(part), other));
      break;
    case 'swap':
      siblings.reverse();
      break;
    case 'empty':
      siblings[index] = leaf(Buffer.alloc(0));
      break;
    case 'copy':
      // Whole and flat: a tree must not hold itself.
      siblings[index] = { tag: another.tag, prefix: Buffer.alloc(0), parts: undefined, content: contentOf(another) };
      break;
    default:
      kind satisfies never;
  }
}

function flip(content: Buffer, bit: number): Buffer {
  const copy = Buffer.from(content);
  if (copy.length > 0) copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7);
  return copy;
}

function placesOf(trees: Tree[]): readonly Place[] {
  return trees.flatMap((tree, index) => [{ siblings: trees, index }, ...(tree.parts === undefined ? [] : placesOf(tree.parts))]);
}

function putTogether(tree: Tree): Buffer {
  return encode(tree.tag, contentOf(tree));
}

function contentOf({ parts, prefix, content }: Tree): Buffer {
  return parts === undefined ? content : Buffer.concat([prefix, ...parts.map(putTogether)]);
}

/** @returns undefined for what is no DER, such as the octets of a key identifier. */
function takeApart(bytes: Buffer): Tree[] | undefined {
  const trees: Tree[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag, first] = [bytes[at], bytes[at + 1]];
    if (tag === undefined || first === undefined || tag === 0) return undefined;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    if (first === 0x80 || octets > 3 || at + 2 + octets > bytes.length) return undefined;
    const length = octets === 0 ? first : bytes.readUIntBE(at + 2, octets);
    const from = at + 2 + octets;
    if (from + length > bytes.length) return undefined;
    trees.push(treeOf(tag, bytes.subarray(from, from + length)));
    at = from + length;
  }
  return trees;
}

function treeOf(tag: number, content: Buffer): Tree {
  const prefix = content.subarray(0, tag === TAG.bitString ? 1 : 0);
  // Extensions and RSA keys are DER within strings.
  const mayHoldMore = (tag & 0x20) !== 0 || ((tag === TAG.octetString || tag === TAG.bitString) && content.length > 2);
  const parts = mayHoldMore ? takeApart(content.subarray(prefix.length)) : undefined;
  return { tag, prefix, parts, content };
}
