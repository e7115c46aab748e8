import type { Problem } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { isObjectKey } from '../object-key.ts';
import { ATTRIBUTES, KUBELET_PREFIX, OWN_PREFIX, PEER_PREFIX, findAttribute } from './attribute-table.ts';
import { MAXIMUM_PROBLEMS, type Parsed, unless } from './parsed.ts';

/** A mistyped name is seldom further off; a newer csi-driver's name seldom nearer. */
const MISTYPED_WITHIN_EDITS = 2;

const NAMES = Object.keys(ATTRIBUTES);
const OWN_NAMES = NAMES.filter((name) => name.startsWith(OWN_PREFIX));
const PEER_NAMES = NAMES.filter((name) => name.startsWith(PEER_PREFIX));

/** What is made of the keys that no attribute is read from. */
export interface OtherKeys {
  readonly annotations: Readonly<Record<string, string>>;
  readonly unknownAttributes: readonly string[];
}

/** What becomes of keys that nothing reads: annotations pass through, mistyped attributes are refused. */
export function parseOtherKeys(attributes: Readonly<Record<string, string>>): Parsed<OtherKeys> {
  const annotations: [string, string][] = [];
  const unknownAttributes: string[] = [];
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    const fate = judge(key, value);
    if (fate === 'annotation') annotations.push([key, value]);
    else if (fate === 'unknown') unknownAttributes.push(key);
    else if (fate !== 'ignored') problems.push(fate);
    if (problems.length > MAXIMUM_PROBLEMS) break;
  }
  return unless(problems, { annotations: Object.fromEntries(annotations), unknownAttributes });
}

function judge(key: string, value: string): 'ignored' | 'annotation' | 'unknown' | Problem {
  if (key.startsWith(PEER_PREFIX) || key.startsWith(OWN_PREFIX)) return value === '' ? 'ignored' : judgeAttribute(key);
  if (!key.includes('/') || key.startsWith(KUBELET_PREFIX)) return 'ignored';
  if (isObjectKey(key)) return 'annotation';
  const cure = 'write a key such as "example.com/name", or one without "/" if nothing shall come of it';
  return {
    field: 'volumeAttributes',
    value: key,
    why: 'is copied to the request, and Kubernetes takes no such key for an annotation',
    cure,
  };
}

function judgeAttribute(key: string): 'ignored' | 'unknown' | Problem {
  if (findAttribute(key) !== undefined) return 'ignored';
  const isOwn = key.startsWith(OWN_PREFIX);
  const nearest = isOwn ? nearestName(key, OWN_NAMES) : nearestName(key, PEER_NAMES, MISTYPED_WITHIN_EDITS);
  if (nearest === undefined) return 'unknown';
  return {
    field: 'volumeAttributes',
    value: key,
    why: 'is not a known attribute',
    cure: `write "${nearest.name}", the nearest that is, or remove it`,
  };
}
