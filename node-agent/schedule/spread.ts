import { createHash } from 'node:crypto';
import type { VolumeId } from '../volume-id.ts';

/**
 * Where in [0, 1) a volume stands among all volumes: always the same for one id, uniform over many, also where ids differ
 * in one digit. The first 48 bits of its SHA-256, as many as a number holds without loss.
 */
export function spreadFraction(volumeId: VolumeId): number {
  return createHash('sha256').update(volumeId).digest().readUIntBE(0, 6) / 2 ** 48;
}
