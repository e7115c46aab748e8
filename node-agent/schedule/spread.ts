import { createHash } from 'node:crypto';
import type { VolumeId } from '../volume-id.ts';

/** What is spread; where a volume stands for one says nothing of where it stands for another. */
export type Spread = 'renewal' | 'restart';

/**
 * Where in [0, 1) a volume stands among all volumes: always the same for one id and purpose, uniform over many, also where ids
 * differ in one digit. The first 48 bits of a SHA-256, as many as a number holds without loss.
 */
export function spreadFraction(volumeId: VolumeId, spread: Spread): number {
  return createHash('sha256').update(`${spread} ${volumeId}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
