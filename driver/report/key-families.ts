import type { KeyStatus } from '../../node-agent/ports.ts';
import type { Family } from './exposition.ts';

/** Gauges of the source of keys as it is now: whether pods wait for primes, and what is there for the next burst of them. */
export function describeKeys({ waiting, generating, spares }: KeyStatus): Family[] {
  return [
    {
      name: 'podcert_key_generations',
      type: 'gauge',
      help: 'Private keys to be generated for volumes or in advance, by state.',
      samples: [
        { labels: { state: 'waiting' }, value: waiting },
        { labels: { state: 'running' }, value: generating },
      ],
    },
    {
      name: 'podcert_spare_keys',
      type: 'gauge',
      help: 'Private keys generated in advance, in memory.',
      samples: [{ labels: {}, value: spares }],
    },
  ];
}
