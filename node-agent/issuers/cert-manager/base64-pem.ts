import { MAXIMUM_PEM_BYTES } from '../../issuance/certificate.ts';

/**
 * The text of a field of a request's status: base64 of PEM, and strictly so (RFC 4648 section 3.5), since Node's decoder skips what
 * it does not know. What no pod would be given is not kept either.
 * @returns a clause on what is wrong instead.
 */
export function readBase64Pem(encoded: string): { readonly pem: string } | { readonly fault: string } {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length > MAXIMUM_PEM_BYTES) return { fault: `has ${bytes.length} bytes, more than ${MAXIMUM_PEM_BYTES}` };
  return bytes.toString('base64') === encoded ? { pem: bytes.toString('utf8') } : { fault: 'is not base64' };
}
