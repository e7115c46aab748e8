import { AgentError } from '../../errors.ts';
import type { ObjectKey } from '../../kubernetes/object-cache.ts';
import { named } from './certificate-request.ts';

/**
 * The text of a field of a request's status: base64 of PEM, and strictly so (RFC 4648 section 3.5), since Node's decoder
 * skips what it does not know.
 * @throws {AgentError} `certificate-refused` for anything else.
 */
export function decodeBase64Pem(key: ObjectKey, field: string, encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') === encoded) return bytes.toString('utf8');
  throw new AgentError('certificate-refused', `${named(key)} was issued, but its status.${field} is not base64`);
}
