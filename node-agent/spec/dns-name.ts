import { domainToASCII } from 'node:url';
import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

/** The most characters a DNS name has (RFC 1035 section 2.3.4, less the bytes that only the wire has). */
const MAXIMUM_LENGTH = 253;

/**
 * A dNSName of a certificate, as given: an IA5String without space (RFC 5280 section 4.2.1.6). Wildcards and underscores are in
 * use, so the labels are left to the issuer to judge.
 */
export function parseDnsName(text: string): Parsed<string, Fault> {
  if (text.length > MAXIMUM_LENGTH) {
    return refused({ value: text, why: `is longer than the ${MAXIMUM_LENGTH} characters of a DNS name`, cure: 'shorten it' });
  }
  if (/^[\x21-\x7e]+$/.test(text)) return parsed(text);
  if (/[\s\p{Cc}]/u.test(text)) {
    return refused({ value: text, why: 'has a space or a control character within', cure: 'put a comma between names' });
  }
  // domainToASCII is empty where there is no such form.
  const ascii = domainToASCII(text);
  return refused({ value: text, why: 'is not ASCII', cure: ascii ? `write its punycode form "${ascii}"` : 'write its punycode form' });
}
