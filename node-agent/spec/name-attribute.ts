import { IA5_TYPES, type NameAttribute } from '../wanted.ts';
import { MAXIMUM_SUBJECT_VALUES } from './limits.ts';
import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

/** Object identifiers of the attributes of a name (X.520; RFC 4519 for DC and UID), under RFC 4514's short names where it has them. */
export const NAME_TYPES = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  STREET: '2.5.4.9',
  postalCode: '2.5.4.17',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  SERIALNUMBER: '2.5.4.5',
  DC: '0.9.2342.19200300.100.1.25',
  UID: '0.9.2342.19200300.100.1.1',
} as const;

/** What is wrong with more than {@link MAXIMUM_SUBJECT_VALUES} of them. */
export function tooManyValues(count: number): Fault {
  return { why: `has ${count} values, and ${MAXIMUM_SUBJECT_VALUES} are allowed`, cure: 'remove some' };
}

/** An attribute of a name with a text that a certificate can carry. */
export function parseNameText(oid: string, text: string): Parsed<NameAttribute, Fault> {
  if (text === '')
    return refused({ why: 'has an empty value, which a name may not have (RFC 5280 appendix A.1)', cure: 'write a value or leave it out' });
  // Programs in C read a name up to the first NUL: "admin\0.example" would be "admin" to them.
  if (text.includes('\0')) return refused({ value: text, why: 'has a NUL character within', cure: 'remove it' });
  if (IA5_TYPES.has(oid) && Buffer.byteLength(text) > text.length) {
    return refused({ value: text, why: 'is not ASCII, which this attribute must be', cure: 'write the punycode form of a domain' });
  }
  return parsed({ oid, value: { kind: 'text', text } });
}
