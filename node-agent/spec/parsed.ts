import type { Problem } from '../errors.ts';

/** What is wrong with a text, told by a parser that does not know which field the text is from. */
export type Fault = Omit<Problem, 'field'>;

/** A value, or everything that is wrong with what it should have come from. */
export type Parsed<T, P extends Fault = Problem> =
  | { readonly kind: 'parsed'; readonly value: T }
  | { readonly kind: 'refused'; readonly problems: readonly P[] };

/** A value without problems. */
export function parsed<T>(value: T): { readonly kind: 'parsed'; readonly value: T } {
  return { kind: 'parsed', value };
}

/** One problem in place of a value. */
export function refused<P extends Fault>(problem: P): { readonly kind: 'refused'; readonly problems: readonly P[] } {
  return { kind: 'refused', problems: [problem] };
}

/** The value, unless there are problems. */
export function unless<T, P extends Fault>(problems: readonly P[], value: T): Parsed<T, P> {
  return problems.length === 0 ? parsed(value) : { kind: 'refused', problems };
}

/** A message with more problems than this helps nobody, and gRPC carries it in a header of limited size. */
export const MAXIMUM_PROBLEMS = 50;

/** Every item parsed, in order, or the problems of all items: past {@link MAXIMUM_PROBLEMS} of them the rest is not looked at. */
export function each<S, T, P extends Fault>(items: readonly S[], parse: (item: S) => Parsed<T, P>): Parsed<readonly T[], P> {
  const values: T[] = [];
  const problems: P[] = [];
  for (const item of items) {
    const result = parse(item);
    if (result.kind === 'parsed') values.push(result.value);
    else problems.push(...result.problems);
    if (problems.length > MAXIMUM_PROBLEMS) break;
  }
  // A copy has no room to grow by, which would be kept as long as the volume.
  return unless(problems, values.slice());
}

/** Every part parsed, under its own name, or the problems of all parts. */
export function all<T extends object>(parts: { readonly [K in keyof T]: Parsed<T[K]> }): Parsed<T> {
  const entries = Object.entries<Parsed<unknown>>(parts);
  const results = each(entries, ([name, part]): Parsed<readonly [string, unknown]> =>
    part.kind === 'parsed' ? parsed([name, part.value]) : part,
  );
  return results.kind === 'parsed' ? parsed(Object.fromEntries(results.value) as T) : results;
}

/** The result with its faults put down to `field`; one that quotes nothing quotes `text`. */
export function inField<T>(field: string, text: string, result: Parsed<T, Fault>): Parsed<T> {
  if (result.kind === 'parsed') return result;
  return { kind: 'refused', problems: result.problems.map((fault) => ({ field, value: text, ...fault })) };
}
