import { IA5_TYPES, type NameAttribute, type RelativeName } from '../wanted.ts';
import { decode, decodeAll, encode, encodeObjectIdentifier, encodeSet, TAG, type Element } from '../der.ts';

/** The characters of a PrintableString (X.680 section 41.4): neither `*` nor `&` nor `@`. */
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

// oxlint-disable-next-line no-control-regex -- IA5String is ASCII, control characters included.
const ASCII = /^[\x00-\x7f]*$/;

/**
 * A DER Name (RFC 5280 section 4.1.2.4). Text becomes a PrintableString where it can, else a UTF8String; for the types that
 * ask for it an IA5String where it can. BER values are written as they are.
 */
export function encodeName(subject: readonly RelativeName[]): Buffer<ArrayBuffer> {
  return encode(TAG.sequence, ...subject.map((relativeName) => encodeSet(relativeName.map(encodeAttribute))));
}

/**
 * A text that is equal for names that say the same, whatever string types they say it in: issuers re-encode.
 * @throws {AgentError} `certificate-refused` where `der` is no name.
 */
export function canonicalName(der: Uint8Array): string {
  const relativeNames = decodeAll(decode(der).content).map(({ content }) =>
    decodeAll(content)
      .map((attribute) => canonicalAttribute(decodeAll(attribute.content)))
      .toSorted(compareText),
  );
  return JSON.stringify(relativeNames);
}

function encodeAttribute({ oid, value }: NameAttribute): Buffer {
  const encoded = value.kind === 'ber' ? value.bytes : encodeText(oid, value.text);
  return encode(TAG.sequence, encodeObjectIdentifier(oid), encoded);
}

function encodeText(oid: string, text: string): Buffer {
  if (IA5_TYPES.has(oid) && ASCII.test(text)) return encode(TAG.ia5String, Buffer.from(text));
  return encode(PRINTABLE.test(text) ? TAG.printableString : TAG.utf8String, Buffer.from(text));
}

function canonicalAttribute([type, value]: readonly Element[]): string {
  return `${type?.content.toString('hex')} ${value === undefined ? 'nothing' : canonicalValue(value)}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function canonicalValue({ tag, content }: Element): string {
  switch (tag) {
    case TAG.utf8String:
    case TAG.printableString:
    case TAG.ia5String:
      return `text ${content.toString('utf8')}`;
    case TAG.teletexString:
      return `text ${content.toString('latin1')}`;
    case TAG.bmpString:
      return content.length % 2 === 0 ? `text ${Buffer.from(content).swap16().toString('utf16le')}` : `odd ${content.toString('hex')}`;
    default:
      return `tag ${tag} ${content.toString('hex')}`;
  }
}
