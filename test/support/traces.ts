import { createPrivateKey } from 'node:crypto';

/** What would give a secret away wherever it is found: texts, in every way in which bytes are commonly written. */
export interface Traces {
  readonly name: string;
  readonly texts: readonly string[];
  /** Raw, as a file may hold them. */
  readonly bytes: readonly Buffer[];
}

/** Of a token or a password. */
export function tracesOfText(name: string, text: string): Traces {
  const forms = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')];
  return { name, texts: [text, ...forms.flatMap(written)], bytes: forms };
}

/** Of a private key: the lines of its PEM, and each of its secret numbers. */
export function tracesOfKey(name: string, keyPem: string): Traces {
  const { d, p, q, dp, dq, qi } = createPrivateKey(keyPem).export({ format: 'jwk' });
  const numbers = [d, p, q, dp, dq, qi].flatMap((number) => (number === undefined ? [] : [Buffer.from(number, 'base64url')]));
  // The first characters of a PEM say only what kind of key it is.
  const lines = keyPem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  const body = lines.map((line, index) => (index === 0 ? line.slice(22) : line)).filter((line) => line.length > 8);
  return { name, texts: [...body, ...numbers.flatMap(written)], bytes: numbers };
}

/** The middle of the bytes, in hexadecimal and in base64, whatever stands before and behind them. */
function written(bytes: Buffer): readonly string[] {
  const hex = bytes.toString('hex');
  const shifted = [0, 1, 2].map((shift) => bytes.subarray(shift, shift + 3 * Math.floor((bytes.length - shift) / 3)));
  const base64 = shifted.flatMap((part) => [part.toString('base64'), part.toString('base64url')]);
  return [hex, hex.toUpperCase(), ...base64].map((text) => text.slice(0, 32));
}
