const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A node name or volume id as a label value: FNV-1 (not 1a) of 32 bits as a decimal number, each digit mapped to a letter
 * or digit that Kubernetes considers safe. The same as cert-manager's csi-lib writes, so that either finds the other's requests.
 */
export function identifierHash(identifier: string): string {
  let hash = OFFSET_BASIS;
  for (const byte of Buffer.from(identifier, 'utf8')) hash = (Math.imul(hash, PRIME) ^ byte) >>> 0;
  return Array.from(String(hash), (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('');
}
