import type { Problem } from '../errors.ts';
import { storableAttributes } from './raw-attributes.ts';
import { MAXIMUM_PROBLEMS, type Parsed, unless } from './parsed.ts';

/** Names and values of all attributes together, tokens apart: what one volume's record may cost the node. */
export const MAXIMUM_ATTRIBUTE_BYTES = 65_536;
/** How many attributes one volume may have, tokens apart. */
export const MAXIMUM_ATTRIBUTES = 256;
/** The longest key that Kubernetes takes as an annotation: a DNS name of 253, a slash and 63 more. */
export const MAXIMUM_KEY_BYTES = 317;
/** One attribute once its variables are expanded, each of which may bring in a name of 253 bytes. */
export const MAXIMUM_EXPANDED_BYTES = 65_536;
/** DNS names, URIs and IP addresses together, and the items of any comma list. */
export const MAXIMUM_ALTERNATIVE_NAMES = 1_000;
/** Of one attribute: organizations and the like, or the parts of a literal subject. */
export const MAXIMUM_SUBJECT_VALUES = 100;

/** Of a keystore's password: keys are derived by hashing it thousands of times. */
export const MAXIMUM_PASSWORD_BYTES = 1_024;

const FIELD = 'volumeAttributes';

/** Refuses attributes that would cost the node more than any pod needs, or that are no Unicode text. */
export function checkLimits(attributes: Readonly<Record<string, string>>): Parsed<undefined> {
  const entries = Object.entries(storableAttributes(attributes));
  const problems: Problem[] = [];
  const sizeBytes = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (sizeBytes > MAXIMUM_ATTRIBUTE_BYTES) {
    const cure = 'ask for fewer names, or spread them over several volumes';
    problems.push({ field: FIELD, why: `are ${sizeBytes} bytes in all, and ${MAXIMUM_ATTRIBUTE_BYTES} are allowed`, cure });
  }
  if (entries.length > MAXIMUM_ATTRIBUTES) {
    const why = `are ${entries.length}, and ${MAXIMUM_ATTRIBUTES} are allowed`;
    problems.push({ field: FIELD, why, cure: 'remove those that nothing reads' });
  }
  for (const [name, value] of entries) {
    if (Buffer.byteLength(name) > MAXIMUM_KEY_BYTES) {
      problems.push({ field: FIELD, value: name, why: `is a key of more than ${MAXIMUM_KEY_BYTES} bytes`, cure: 'shorten it' });
    }
    if (!name.isWellFormed() || !value.isWellFormed()) {
      problems.push({ field: FIELD, value: name, why: 'is not Unicode text, or its value is not', cure: 'write it in UTF-8' });
    }
  }
  return unless(problems, undefined);
}

/** The first problems, and whether there are more. */
export function limitProblems(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAXIMUM_PROBLEMS) return problems;
  const others: Problem = { field: FIELD, why: 'have more problems than these', cure: 'correct these first' };
  return [...problems.slice(0, MAXIMUM_PROBLEMS), others];
}
