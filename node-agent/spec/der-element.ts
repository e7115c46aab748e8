import { isUtf8 } from 'node:buffer';
import { TAG } from '../der.ts';

/** Deeper than any attribute of a name; a limit keeps hostile input off the stack. */
const MAXIMUM_DEPTH = 16;

/** In an identifier octet (X.690 section 8.1.2): that there are elements inside, and the first octet of another class than universal. */
const CONSTRUCTED = 0x20;
const APPLICATION = 0x40;

/**
 * Whether the bytes are one whole DER element and nothing after it (X.690 section 8.1), tags below 31: lengths as section 10.1 has
 * them, strings in one piece as section 10.2, a UTF8String in UTF-8.
 */
export function isDerElement(bytes: Uint8Array): boolean {
  return elementEnd(bytes, 0, bytes.length, 0) === bytes.length;
}

/** Where the element that begins at `start` ends; undefined where there is none that ends by `limit`. */
function elementEnd(bytes: Uint8Array, start: number, limit: number, depth: number): number | undefined {
  const tag = bytes[start] ?? 0;
  // Zero is the end-of-contents mark; 31 in the tag's low bits announces further bytes, which no attribute of a name has.
  if (tag === 0 || (tag & 0x1f) === 0x1f || depth > MAXIMUM_DEPTH) return undefined;
  const contents = readLength(bytes, start + 1);
  if (contents === undefined || contents.endsAt > limit) return undefined;
  const isPrimitive = (tag & CONSTRUCTED) === 0;
  if (isPrimitive) return isText(tag, bytes.subarray(contents.startsAt, contents.endsAt)) ? contents.endsAt : undefined;
  if (tag < APPLICATION && tag !== TAG.sequence && tag !== TAG.set) return undefined;
  let at = contents.startsAt;
  while (at < contents.endsAt) {
    const next = elementEnd(bytes, at, contents.endsAt, depth + 1);
    if (next === undefined) return undefined;
    at = next;
  }
  return contents.endsAt;
}

function isText(tag: number, contents: Uint8Array): boolean {
  return tag !== TAG.utf8String || isUtf8(contents);
}

function readLength(bytes: Uint8Array, at: number): { readonly startsAt: number; readonly endsAt: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { startsAt: at + 1, endsAt: at + 1 + first };
  const count = first & 0x7f;
  const digits = bytes.subarray(at + 1, at + 1 + count);
  // No digits would be the indefinite form; more than three are 16 MiB.
  if (count === 0 || count > 3 || digits.length < count || digits[0] === 0) return undefined;
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0);
  return length < 0x80 ? undefined : { startsAt: at + 1 + count, endsAt: at + 1 + count + length };
}
