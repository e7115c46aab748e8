import { MAXIMUM_ALTERNATIVE_NAMES } from './limits.ts';
import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

/** The items between commas, without the space and newlines around them; an empty item stays. */
export function splitCommaList(text: string): Parsed<readonly string[], Fault> {
  const items = text.split(',');
  if (items.length <= MAXIMUM_ALTERNATIVE_NAMES) return parsed(items.map((item) => item.trim()));
  return refused({ why: `has ${items.length} items, and ${MAXIMUM_ALTERNATIVE_NAMES} are allowed`, cure: 'shorten the list' });
}
