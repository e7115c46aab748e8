import type { NameAttribute, RelativeName } from '../wanted.ts';
import { isDerElement } from './der-element.ts';
import { MAXIMUM_SUBJECT_VALUES } from './limits.ts';
import { NAME_TYPES, parseNameText, tooManyValues } from './name-attribute.ts';
import { type Fault, type Parsed, each, parsed, refused } from './parsed.ts';

const { postalCode: _, ...SHORT_NAMES } = NAME_TYPES;
const TYPES: ReadonlyMap<string, string> = new Map(Object.entries(SHORT_NAMES));

/** RFC 4512 section 1.4, and the first two numbers as X.660 has them. */
const OID = /^(?:[01]\.(?:[0-9]|[123][0-9])|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*))*$/;
const MAXIMUM_OID_LENGTH = 128;
/** Most programs hold a number of an OID in 31 bits. */
const MAXIMUM_OID_NUMBER = 2 ** 31 - 1;

/**
 * The RDNs of a distinguished name in the string form of RFC 4514, turned round: that form begins with the last RDN. `;`
 * separates as `,` does (RFC 2253 section 4), and space around types and values does not count, as in the peer. The quoted
 * values of RFC 2253 are refused.
 */
export function parseLiteralSubject(text: string): Parsed<readonly RelativeName[], Fault> {
  if (text.trim() === '') return refused({ value: text, why: 'is blank', cure: 'write a name such as "CN=web,O=Example", or remove it' });
  const names = splitUnescaped(text, ',;').map((name) => splitUnescaped(name, '+'));
  const count = names.reduce((sum, attributes) => sum + attributes.length, 0);
  if (count > MAXIMUM_SUBJECT_VALUES) return refused(tooManyValues(count));
  const subject = each(names, (attributes) => each(attributes, parseTypeAndValue));
  return subject.kind === 'parsed' ? parsed(subject.value.toReversed()) : subject;
}

/** The pieces between separators that no backslash precedes. */
function splitUnescaped(text: string, separators: string): readonly string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.charAt(at) === '\\') {
      at += 1;
    } else if (separators.includes(text.charAt(at))) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start)];
}

function parseTypeAndValue(piece: string): Parsed<NameAttribute, Fault> {
  const equalsAt = piece.indexOf('=');
  if (equalsAt === -1)
    return refused({
      value: piece,
      why: 'is not of the form TYPE=value',
      cure: 'write one such as "CN=web", and "\\," for a comma in a value',
    });
  const type = piece.slice(0, equalsAt).trim();
  const oid = TYPES.get(type) ?? (isOid(type) ? type : undefined);
  const result = oid === undefined ? unknownType() : parseValue(oid, trimUnescaped(piece.slice(equalsAt + 1)));
  if (result.kind === 'parsed') return result;
  return { kind: 'refused', problems: result.problems.map((fault) => ({ ...fault, value: piece })) };
}

function unknownType(): Parsed<never, Fault> {
  return refused({
    why: 'has a type that is not known here',
    cure: `write one of ${[...TYPES.keys()].join(' ')}, in capitals, or a dotted OID`,
  });
}

function isOid(text: string): boolean {
  return text.length <= MAXIMUM_OID_LENGTH && OID.test(text) && text.split('.').every((number) => Number(number) <= MAXIMUM_OID_NUMBER);
}

/** Without the space around it, save a last space that a backslash precedes. */
function trimUnescaped(text: string): string {
  const start = text.trimStart();
  const trimmed = start.trimEnd();
  let backslashes = 0;
  while (trimmed.at(-1 - backslashes) === '\\') backslashes += 1;
  return backslashes % 2 === 0 ? trimmed : start.slice(0, trimmed.length + 1);
}

function parseValue(oid: string, value: string): Parsed<NameAttribute, Fault> {
  if (value.startsWith('#')) return parseHexValue(oid, value.slice(1));
  const bytes: Buffer[] = [];
  // A pair of hex digits, one escaped character, a run of plain ones; or one character that may not stand here so.
  for (const [found, hexPair, special, plain] of value.matchAll(/\\([0-9A-Fa-f]{2})|\\([ "#+,;<=>\\])|([^\\"+,;<>]+)|[^]/gu)) {
    if (hexPair !== undefined) bytes.push(Buffer.from(hexPair, 'hex'));
    else if (special !== undefined || plain !== undefined) bytes.push(Buffer.from(special ?? plain ?? ''));
    else if (found === '\\') return refused({ why: 'has a "\\" that escapes nothing', cure: 'write "\\\\" for a backslash' });
    else return refused({ why: `has a ${found} that must be escaped (RFC 4514 section 2.4)`, cure: `write "\\${found}"` });
  }
  const text = decodeUtf8(Buffer.concat(bytes));
  if (text === undefined) return refused({ why: 'has escaped bytes that are not UTF-8', cure: 'write the characters themselves' });
  return parseNameText(oid, text);
}

function parseHexValue(oid: string, hex: string): Parsed<NameAttribute, Fault> {
  const bytes = /^(?:[0-9A-Fa-f]{2})+$/.test(hex) ? Uint8Array.from(Buffer.from(hex, 'hex')) : undefined;
  if (bytes !== undefined && isDerElement(bytes)) return parsed({ oid, value: { kind: 'ber', bytes } });
  const cure = 'write pairs of hexadecimal digits of one ASN.1 value in DER, or "\\#" for a value that begins with "#"';
  return refused({ why: 'has a "#" that no ASN.1 value follows', cure });
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
