import type { TextParser } from './attribute-reader.ts';
import { parsed, refused } from './parsed.ts';

/** The kernel's gid_t has 32 bits, and all ones means "leave it" (chown(2)). */
const MAXIMUM_GROUP = 4_294_967_294;

/** A group id in decimal, from `minimum` on. */
export function groupId(minimum: number): TextParser<number> {
  return (text) => {
    const group = /^[0-9]{1,10}$/.test(text) ? Number(text) : -1;
    if (group >= minimum && group <= MAXIMUM_GROUP) return parsed(group);
    return refused({ why: 'is not a group id', cure: `write a whole number from ${minimum} to ${MAXIMUM_GROUP}` });
  };
}
