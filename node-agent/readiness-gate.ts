import type { PodFacts } from './pod-facts.ts';

/** What a pod must have before a certificate is asked for. */
export type ReadinessGate =
  | { readonly kind: 'pod-ip'; readonly family: 'any' | 'ipv4' | 'ipv6' }
  | { readonly kind: 'pod-condition'; readonly type: string; readonly status: 'True' | 'False' | 'Unknown' }
  | { readonly kind: 'pod-annotation'; readonly key: string };

/** What `podcert.io/wait-for: pod-ip` waits for. */
export const ANY_IP: ReadinessGate = { kind: 'pod-ip', family: 'any' };

/** What the pod still lacks of the first gate that it does not meet; undefined where it meets all of them. */
export function lackOf(gates: readonly ReadinessGate[], pod: PodFacts): string | undefined {
  const unmet = gates.find((gate) => !isMet(gate, pod));
  return unmet && describe(unmet);
}

function isMet(gate: ReadinessGate, { ips, conditions, annotations }: PodFacts): boolean {
  switch (gate.kind) {
    case 'pod-ip':
      return ips.some((ip) => gate.family === 'any' || ip.includes(':') === (gate.family === 'ipv6'));
    case 'pod-condition':
      // As the peer has it, the first of a type counts; the API server allows no second one.
      return conditions.find(({ type }) => type === gate.type)?.status.toLowerCase() === gate.status.toLowerCase();
    case 'pod-annotation':
      return Object.hasOwn(annotations, gate.key) && annotations[gate.key] !== '';
    default:
      return gate satisfies never;
  }
}

function describe(gate: ReadinessGate): string {
  switch (gate.kind) {
    case 'pod-ip':
      return `the pod has no ${gate.family === 'any' ? 'IP' : gate.family === 'ipv4' ? 'IPv4' : 'IPv6'} address yet`;
    case 'pod-condition':
      return `the pod's condition ${gate.type} is not ${gate.status} yet`;
    case 'pod-annotation':
      return `the pod's annotation ${gate.key} is missing or empty`;
    default:
      return gate satisfies never;
  }
}
