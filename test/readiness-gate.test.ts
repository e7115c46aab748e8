import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodFacts } from '../node-agent/pod-facts.ts';
import { lackOf } from '../node-agent/readiness-gate.ts';
import type { ReadinessGate } from '../node-agent/readiness-gate.ts';
import { WITHOUT_IP } from './support/told-pods.ts';

const ready = { type: 'Ready', status: 'True' };

const met: readonly (readonly [gate: ReadinessGate, pod: Partial<PodFacts>])[] = [
  [{ kind: 'pod-ip', family: 'any' }, { ips: ['2001:db8::7'] }],
  [{ kind: 'pod-ip', family: 'ipv4' }, { ips: ['2001:db8::7', '10.0.0.7'] }],
  [{ kind: 'pod-ip', family: 'ipv6' }, { ips: ['10.0.0.7', '2001:db8::7'] }],
  [{ kind: 'pod-condition', type: 'Ready', status: 'True' }, { conditions: [{ type: 'A', status: 'False' }, ready] }],
  [{ kind: 'pod-condition', type: 'Ready', status: 'Unknown' }, { conditions: [{ type: 'Ready', status: 'unknown' }] }],
  [{ kind: 'pod-annotation', key: 'a' }, { annotations: { a: 'x' } }],
];

const unmet: readonly (readonly [gate: ReadinessGate, pod: Partial<PodFacts>, lack: RegExp])[] = [
  [{ kind: 'pod-ip', family: 'any' }, {}, /no IP address/],
  [{ kind: 'pod-ip', family: 'ipv4' }, { ips: ['2001:db8::7'] }, /no IPv4 address/],
  [{ kind: 'pod-ip', family: 'ipv6' }, { ips: ['10.0.0.7'] }, /no IPv6 address/],
  [{ kind: 'pod-condition', type: 'Ready', status: 'True' }, {}, /condition Ready is not True/],
  [{ kind: 'pod-condition', type: 'Ready', status: 'False' }, {}, /condition Ready is not False/],
  // Of two of one type the first counts.
  [{ kind: 'pod-condition', type: 'Ready', status: 'True' }, { conditions: [{ type: 'Ready', status: 'False' }, ready] }, /Ready/],
  [{ kind: 'pod-annotation', key: 'a' }, { annotations: { a: '' } }, /annotation a/],
  [{ kind: 'pod-annotation', key: 'constructor' }, {}, /annotation constructor/],
];

describe('a readiness gate', () => {
  for (const [gate, pod] of met) {
    it(`${JSON.stringify(gate)} is met by ${JSON.stringify(pod)}`, () =>
      assert.equal(lackOf([gate], { ...WITHOUT_IP, ...pod }), undefined));
  }

  for (const [gate, pod, lack] of unmet) {
    it(`${JSON.stringify(gate)} is not met by ${JSON.stringify(pod)}`, () =>
      assert.match(lackOf([gate], { ...WITHOUT_IP, ...pod }) ?? '', lack));
  }

  it('is one of several that must all be met', () => {
    const gates: ReadinessGate[] = [
      { kind: 'pod-ip', family: 'any' },
      { kind: 'pod-annotation', key: 'a' },
    ];
    assert.match(lackOf(gates, { ...WITHOUT_IP, ips: ['10.0.0.7'] }) ?? '', /annotation a/);
    assert.equal(lackOf(gates, { ...WITHOUT_IP, ips: ['10.0.0.7'], annotations: { a: 'x' } }), undefined);
    assert.equal(lackOf([], WITHOUT_IP), undefined);
  });
});
