import { MAXIMUM_EXPANDED_BYTES } from './limits.ts';
import { type Fault, type Parsed, unless } from './parsed.ts';

/** What stands for a reference: its text; undefined where only the pod's object says it, which is looked at later. */
export type Meaning = Parsed<string | undefined, Fault>;

/** The references that may be written in one volume's attributes. */
export interface Variables {
  /** All of them, as one writes them. */
  readonly known: readonly string[];
  /** @param name without the `$` and braces. @returns undefined for what is no variable. */
  find(name: string): Meaning | undefined;
}

/**
 * `$NAME` and `${NAME}` replaced, once: what a variable brings in is not expanded again. As in Go's os.Expand, a digit or one
 * of `*#$@!?-` after a `$` is a name too (of a shell's), so it is refused, and any other `$` that no name follows stays.
 * @returns undefined in place of a text that is known in part only.
 */
export function expandVariables(text: string, variables: Variables): Meaning {
  const faults: Fault[] = [];
  let isWhole = true;
  const expanded = text.replaceAll(
    /\$(?:\{([^}]*)(\}?)|([A-Za-z_][A-Za-z0-9_]*|[0-9*#$@!?-]))/g,
    (reference: string, braced: string | undefined, brace: string | undefined, bare: string | undefined) => {
      const meaning = brace === '' ? undefined : variables.find(braced ?? bare ?? '');
      if (meaning?.kind === 'parsed') {
        isWhole &&= meaning.value !== undefined;
        return meaning.value ?? '';
      }
      faults.push(...(meaning?.problems ?? [noVariable(brace === '', variables)]).map((fault) => ({ value: reference, ...fault })));
      return '';
    },
  );
  if (Buffer.byteLength(expanded) > MAXIMUM_EXPANDED_BYTES) {
    faults.push({ why: `is longer than ${MAXIMUM_EXPANDED_BYTES} bytes once its variables are expanded`, cure: 'shorten it' });
  }
  // The pod's own attributes are known to be; a label comes from elsewhere.
  if (!expanded.isWellFormed()) faults.push({ why: 'is not Unicode text once its variables are expanded', cure: 'use none but Unicode' });
  return unless(faults, isWhole ? expanded : undefined);
}

function noVariable(isUnclosed: boolean, { known }: Variables): Fault {
  const why = isUnclosed ? 'has no closing brace' : 'is not a variable, and a "$" cannot be escaped';
  return { why, cure: `write one of ${known.join(', ')}, or no "$" here` };
}
