import { randomInt } from 'node:crypto';

/** An address of whoever asks alone, on which any port is free: all of 127.0.0.0/8 is the loopback (RFC 6890). */
export function ownLoopback(): string {
  return `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}
