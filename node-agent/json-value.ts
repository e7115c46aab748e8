/** Readers of parsed JSON that somebody else wrote: each takes any value, and what is of another type reads as nothing. */

/** The value as an object that can be asked for fields; undefined for anything else. */
export function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

/** The value if it is a string, else the empty one. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value if it is an array, else an empty one. */
export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
