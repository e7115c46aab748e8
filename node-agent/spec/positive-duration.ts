import { parseGoDuration } from '../go-duration.ts';
import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

const CURE = 'write one such as "24h", "90m" or "1h30m" (h, m, s, ms, us, ns; there is no unit for days)';

/** Milliseconds of a Go duration above zero. */
export function parsePositiveDuration(text: string): Parsed<number, Fault> {
  const durationMs = parseGoDuration(text);
  if (durationMs === undefined) return refused({ why: 'is not a Go duration', cure: CURE });
  return durationMs > 0 ? parsed(durationMs) : refused({ why: 'is not above zero', cure: CURE });
}
