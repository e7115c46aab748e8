import { AgentError } from './errors.ts';

/** Tags of X.690 as names, requests, certificates and keystores use them. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value: its identifier octet, its contents, and both with the length between them. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly raw: Buffer;
}

/** A value of definite, shortest length (X.690 section 10.1) around the concatenated `parts`. */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const significant = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, content]);
}

/** The set with its elements in the order that DER asks for (X.690 section 11.6). */
export function encodeSet(elements: readonly Buffer[]): Buffer<ArrayBuffer> {
  return encode(TAG.set, ...elements.toSorted((a, b) => Buffer.compare(a, b)));
}

/** A whole number from 0 to 2,147,483,647 (X.690 section 8.3). */
export function encodeInteger(value: number): Buffer<ArrayBuffer> {
  const octets = Buffer.alloc(4);
  octets.writeInt32BE(value);
  // A first octet of zeros stays where the next one would look like a negative number's.
  const start = [0, 1, 2].find((index) => octets[index] !== 0 || (octets[index + 1] ?? 0) >= 0x80) ?? 3;
  return encode(TAG.integer, octets.subarray(start));
}

/** An object identifier from its dotted form (X.690 section 8.19); arcs have no upper bound. */
export function encodeObjectIdentifier(dotted: string): Buffer<ArrayBuffer> {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  return encode(TAG.objectIdentifier, ...[first * 40n + second, ...rest].map(encodeArc));
}

/** A list of named bits: bit 0 is the first, trailing zero bits are left out (X.690 section 11.2.2). */
export function encodeBits(bits: readonly number[]): Buffer<ArrayBuffer> {
  const last = Math.max(-1, ...bits);
  const octets = Buffer.alloc(Math.ceil((last + 1) / 8));
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return encode(TAG.bitString, Buffer.from([octets.length * 8 - last - 1]), octets);
}

/** @throws {AgentError} `certificate-refused` unless `bytes` are exactly one value. */
export function decode(bytes: Uint8Array): Element {
  const [element, ...others] = decodeAll(bytes);
  if (element === undefined || others.length > 0) throw malformed('one value was expected');
  return element;
}

/**
 * The values that follow one another in `bytes`, such as the contents of a sequence; what is inside them is not looked at, and
 * lengths need not be the shortest: issuers' certificates are read here, which OpenSSL has accepted before.
 * @throws {AgentError} `certificate-refused` where one is cut short, has an indefinite length, or a tag number above 30.
 */
export function decodeAll(bytes: Uint8Array): readonly Element[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Element[] = [];
  for (let offset = 0; offset < buffer.length;) {
    const element = decodeAt(buffer, offset);
    elements.push(element);
    offset += element.raw.length;
  }
  return elements;
}

function encodeArc(arc: bigint): Buffer {
  const groups = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80);
  return Buffer.from(groups);
}

function decodeAt(buffer: Buffer, start: number): Element {
  const tag = buffer[start];
  const first = buffer[start + 1];
  if (tag === undefined || first === undefined) throw malformed('it ends within a value');
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag number is above 30');
  let contentAt = start + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    // 0x80 alone is the indefinite length of BER; four octets are 4 GiB.
    if (octets === 0 || octets > 4 || contentAt + octets > buffer.length) throw malformed('a length is wrong');
    length = buffer.readUIntBE(contentAt, octets);
    contentAt += octets;
  }
  const end = contentAt + length;
  if (end > buffer.length) throw malformed('it ends within a value');
  return { tag, content: buffer.subarray(contentAt, end), raw: buffer.subarray(start, end) };
}

function malformed(why: string): AgentError {
  return new AgentError('certificate-refused', `Cannot read DER: ${why}`);
}
