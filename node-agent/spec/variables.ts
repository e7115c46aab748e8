import type { PodReference } from '../wanted.ts';
import { MAXIMUM_EXPANDED_BYTES } from './limits.ts';
import { type Fault, type Parsed, unless } from './parsed.ts';

/** Names without the `$`, and what stands in their place. */
export type Variables = ReadonlyMap<string, string>;

/** What `$POD_NAME` and the other variables stand for in one pod's attributes. */
export function podVariables(pod: PodReference): Variables {
  return new Map([
    ['POD_NAME', pod.name],
    ['POD_NAMESPACE', pod.namespace],
    ['POD_UID', pod.uid],
    ['SERVICE_ACCOUNT_NAME', pod.serviceAccount],
  ]);
}

/**
 * `$NAME` and `${NAME}` replaced, once: what a variable brings in is not expanded again. As in Go's os.Expand, a digit or one
 * of `*#$@!?-` after a `$` is a name too (of a shell's), so it is refused, and any other `$` that no name follows stays.
 */
export function expandVariables(text: string, variables: Variables): Parsed<string, Fault> {
  const known = [...variables.keys()].map((name) => `$${name}`).join(', ');
  const faults: Fault[] = [];
  const expanded = text.replaceAll(
    /\$(?:\{([^}]*)(\}?)|([A-Za-z_][A-Za-z0-9_]*|[0-9*#$@!?-]))/g,
    (reference: string, braced: string | undefined, brace: string | undefined, bare: string | undefined) => {
      const value = brace === '' ? undefined : variables.get(braced ?? bare ?? '');
      if (value !== undefined) return value;
      const why = brace === '' ? 'has no closing brace' : 'is not a variable, and a "$" cannot be escaped';
      faults.push({ value: reference, why, cure: `write one of ${known}, or no "$" here` });
      return '';
    },
  );
  if (Buffer.byteLength(expanded) > MAXIMUM_EXPANDED_BYTES) {
    faults.push({ why: `is longer than ${MAXIMUM_EXPANDED_BYTES} bytes once its variables are expanded`, cure: 'shorten it' });
  }
  return unless(faults, expanded);
}
