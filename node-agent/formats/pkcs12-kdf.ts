import { createHash } from 'node:crypto';

/** The hashes of keystores, by the names that node:crypto gives them. */
export type HashName = 'sha1' | 'sha256';

/** What is derived from a password (RFC 7292 appendix B.3). */
export const PURPOSE = { key: 1, initialVector: 2, mac: 3 } as const;

/** How a password becomes a key. */
export interface Derivation {
  readonly hash: HashName;
  readonly purpose: (typeof PURPOSE)[keyof typeof PURPOSE];
  readonly password: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly sizeBytes: number;
}

/** Both hashes work on blocks of so many bytes: `v` of RFC 7292. */
const BLOCK_BYTES = 64;

/** PKCS #12's own derivation of keys (RFC 7292 appendix B.2), which a keystore's MAC needs whatever it is encrypted by. */
export function deriveKey({ hash, purpose, password, salt, iterations, sizeBytes }: Derivation): Buffer {
  const diversifier = Buffer.alloc(BLOCK_BYTES, purpose);
  const input = Buffer.concat([filled(salt), filled(toBmp(password))]);
  const derived: Buffer[] = [];
  for (let size = 0; size < sizeBytes; size += derived.at(-1)?.length ?? 0) {
    let digest = createHash(hash).update(diversifier).update(input).digest();
    for (let round = 1; round < iterations; round += 1) digest = createHash(hash).update(digest).digest();
    derived.push(digest);
    addToBlocks(input, Buffer.alloc(BLOCK_BYTES, digest));
  }
  return Buffer.concat(derived).subarray(0, sizeBytes);
}

/** UTF-16 in network order with two octets of zeros at the end (RFC 7292 appendix B.1). */
function toBmp(password: string): Buffer {
  return Buffer.from(`${password}\0`, 'utf16le').swap16();
}

/** As many whole blocks as the bytes begin, filled by repeating them. */
function filled(bytes: Uint8Array): Buffer {
  return Buffer.alloc(BLOCK_BYTES * Math.ceil(bytes.length / BLOCK_BYTES), bytes);
}

/** Adds `addend` and 1 to each block, in place, modulo 2 to the number of its bits (step 6C). */
function addToBlocks(blocks: Buffer, addend: Buffer): void {
  for (let start = 0; start < blocks.length; start += BLOCK_BYTES) {
    let carry = 1;
    for (let index = BLOCK_BYTES - 1; index >= 0; index -= 1) {
      const sum = (blocks[start + index] ?? 0) + (addend[index] ?? 0) + carry;
      blocks[start + index] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
