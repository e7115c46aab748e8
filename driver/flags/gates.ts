import { isObjectKey } from '../../node-agent/object-key.ts';
import type { ReadinessGate } from '../../node-agent/readiness-gate.ts';
import type { Flag, Reading } from './read.ts';
import { readDuration, readDurationOrNone, readNumber, readSwitch, value, wrong } from './values.ts';

const NO_EFFECT = 'Accepted without effect: a watch tells when a pod changes, and there is no back-off.';

/** The flags of readiness gates, as the peer has them. */
export const GATE_FLAGS = {
  'continue-on-not-ready': {
    group: 'kubernetes',
    about: 'Let a pod start, with an empty volume, before it meets the gates; needed with any.',
    fallback: 'false',
    read: readSwitch,
  },
  'pod-readiness-gate': {
    group: 'kubernetes',
    about: 'Ask for a certificate once the pod meets this: pod-ip:any|ipv4|ipv6, pod-condition:<type>[=<status>] or pod-annotation:<key>.',
    argument: '<gate>',
    repeatable: true,
    read: readGate,
  },
  'gate-backoff-duration': { group: 'kubernetes', about: NO_EFFECT, argument: '<duration>', read: readDuration },
  'gate-backoff-factor': { group: 'kubernetes', about: NO_EFFECT, argument: '<number>', read: within(1, Infinity) },
  'gate-backoff-jitter': { group: 'kubernetes', about: NO_EFFECT, argument: '<number>', read: within(0, 1) },
  'gate-backoff-cap': { group: 'kubernetes', about: NO_EFFECT, argument: '<duration>', read: readDurationOrNone },
} satisfies Record<string, Flag<unknown>>;

const FAMILIES = ['any', 'ipv4', 'ipv6'] as const;
const STATUSES = ['True', 'False', 'Unknown'] as const;

/** `pod-ip:any`, `pod-condition:Initialized`, `pod-condition:Ready=False` (in any case), `pod-annotation:example.com/name`. */
export function readGate(text: string): Reading<ReadinessGate> {
  const [, kind, rest = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  switch (kind) {
    case 'pod-ip': {
      const family = FAMILIES.find((family) => family === rest);
      return family === undefined
        ? wrong('names no kind of address', 'write pod-ip:any, pod-ip:ipv4 or pod-ip:ipv6')
        : value({ kind, family });
    }
    case 'pod-condition':
      return readCondition(rest);
    case 'pod-annotation':
      return isObjectKey(rest) ? value({ kind, key: rest }) : wrong('names no annotation', 'write pod-annotation:example.com/name');
    default:
      return wrong('is no gate', 'write pod-ip:any, pod-condition:<type>[=<status>] or pod-annotation:<key>');
  }
}

function readCondition(text: string): Reading<ReadinessGate> {
  const [, type = '', given = ''] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  // As the peer has it, an empty status is True.
  const status = given === '' ? 'True' : STATUSES.find((status) => status.toLowerCase() === given.toLowerCase());
  if (!isObjectKey(type)) return wrong('names no condition', 'write pod-condition:Initialized, or the type of another condition');
  if (status === undefined) return wrong('has a status that no condition has', `write pod-condition:${type}=True, =False or =Unknown`);
  return value({ kind: 'pod-condition', type, status });
}

function within(least: number, most: number): (text: string) => Reading<number> {
  return (text) => {
    const number = readNumber(text);
    if (number.kind === 'wrong' || (number.value >= least && number.value <= most)) return number;
    return most === Infinity ? wrong(`is below ${least}`, `write ${least} or more`) : wrong('is out of range', `write ${least} to ${most}`);
  };
}
