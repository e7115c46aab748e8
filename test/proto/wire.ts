/**
 * Protocol Buffers by hand, for tests that judge a library's output: the bytes of one field each
 * (protobuf.dev, "Encoding": a tag is the field's number and wire type, 0 for varints, 2 for what has a length).
 */

/** An integer, boolean or enum; not negative. */
export function number(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

export function text(field: number, value: string): Buffer {
  return delimited(field, Buffer.from(value));
}

export function message(field: number, ...fields: readonly Buffer[]): Buffer {
  return delimited(field, Buffer.concat(fields));
}

/** One entry of a map<string, string>. */
export function entry(field: number, key: string, value: string): Buffer {
  return message(field, text(1, key), text(2, value));
}

function delimited(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}
