import * as fc from 'fast-check';

/** Hidden in every password, secret and token that is fed in: no message may hold it. */
export const SECRET = 'Zq7Secret7qZ';

/** Characters that mean something to a parser, a shell, a terminal or a file system. */
const CHARACTERS = [
  ...Array.from('aZ09 ,;+=#\\"\'$%{}()[]/.:@-_*<>|&!?`~^'),
  ...Array.from('\n\r\t\0\x1b\x7f\x85\xa0üßİＡ日\u0301\u200b\u2028\u202e\ufeff\ufffd\u{1f600}'),
  '\ud800',
  '\udfff',
];

/** Whole words that parsers of other programs have stumbled over, with spaces between them. */
const WORDS = [
  '.. . / // ../../etc/passwd ..data ..1 ..data_next ./tls.crt tls.key C:\\x con -rf -- ~',
  '__proto__ constructor prototype toString hasOwnProperty valueOf __defineGetter__',
  '$(reboot) `id` ;rm %s%n %00 %2e%2e ${POD_NAME} $POD_NAME $$ ${ $POD_IP ${POD_LABEL:a} ${POD_LABEL:-a} ${POD_IP',
  '0 -0 -1 1 00 0x10 1e3 1e999 NaN Infinity null undefined true TRUE false ٣',
  '2147483647 2147483648 4294967294 4294967295 4294967296 9007199254740993 9223372036854775807',
  '1h -1h 0s 1ns 2562047h 2562048h .5s 1d ä.example xn-- *.a ::1 1.2.3.4 http://[::1%25a]/',
].flatMap((line) => line.split(' '));

/** Texts about as long as something may be. */
const LONG = [63, 64, 253, 255, 256].map((length) => 'a'.repeat(length)).concat('ü'.repeat(128), '\u{1f600}'.repeat(64), '1'.repeat(40));

/** A character or a word of the above. */
export const hostilePiece = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...CHARACTERS) }, fc.constantFrom(...WORDS, ...LONG));

/** Texts that parsers stumble over, and any others, lone surrogates among them. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...WORDS, ...LONG) },
  { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 30 }) },
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(hostilePiece, { maxLength: 6 }).map((pieces) => pieces.join('')),
);

/** One piece again and again, up to some thousand bytes: what takes a parser long that looks back. */
export const flood: fc.Arbitrary<string> = fc
  .tuple(hostilePiece, fc.integer({ min: 100, max: 8_000 }), hostilePiece)
  .map(([piece, sizeBytes, last]) => piece.repeat(Math.ceil(sizeBytes / Buffer.byteLength(piece))) + last);

interface Change<Piece> {
  readonly kind: 'remove' | 'repeat' | 'insert' | 'replace' | 'cut';
  readonly at: number;
  readonly length: number;
  readonly piece: Piece;
}

function changes<Piece>(pieces: fc.Arbitrary<Piece>): fc.Arbitrary<Change<Piece>> {
  return fc.record({
    kind: fc.constantFrom('remove', 'repeat', 'insert', 'replace', 'cut'),
    at: fc.nat(1_000_000),
    length: fc.integer({ min: 1, max: 12 }),
    piece: pieces,
  });
}

/** Where the pieces of something that is changed come from: before, out of, and after it. */
function parted<Whole>(length: number, change: Change<Whole>, slice: (from: number, to?: number) => Whole): readonly Whole[] {
  const at = change.at % (length + 1);
  const [before, middle, after] = [slice(0, at), slice(at, at + change.length), slice(at + change.length)];
  switch (change.kind) {
    case 'remove':
      return [before, after];
    case 'repeat':
      return [before, middle, middle, after];
    case 'insert':
      return [before, change.piece, middle, after];
    case 'replace':
      return [before, change.piece, after];
    case 'cut':
      return [before];
    default:
      return change.kind satisfies never;
  }
}

/** Texts that were sound, with one to three places changed. */
export function mutated(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, fc.array(changes(hostilePiece), { minLength: 1, maxLength: 3 })).map(([text, all]) => {
    return all.reduce((text, change) => parted(text.length, change, (from, to) => text.slice(from, to)).join(''), text);
  });
}

/** Mostly sound texts, some of them with places changed, and a few that have nothing to do with them. */
export function near(texts: fc.Arbitrary<string>, sound = 12): fc.Arbitrary<string> {
  return fc.oneof({ weight: sound, arbitrary: texts }, { weight: 2, arbitrary: mutated(texts) }, { weight: 1, arbitrary: hostileText });
}

const hostileBytes = fc.oneof(
  fc.constantFrom(0x00, 0x01, 0x1f, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff).map((byte) => Buffer.from([byte])),
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
);

/** Bytes that were sound, with one to three places changed. */
export function mutatedBytes(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  return fc.tuple(bytes, fc.array(changes(hostileBytes), { minLength: 1, maxLength: 3 })).map(([bytes, all]) => {
    return all.reduce(
      (whole, change) => Buffer.concat(parted(whole.length, change, (from, to) => whole.subarray(from, to))),
      Buffer.from(bytes),
    );
  });
}
