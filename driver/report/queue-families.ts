import type { KeyStatus } from '../../node-agent/ports.ts';
import type { Load } from '../../node-agent/slots.ts';
import type { Family } from './exposition.ts';
import { familyOf, singleOf } from './metric-table.ts';

/** Gauges of the source of keys as it is now: whether pods wait for primes, and what is there for the next burst of them. */
export function describeKeys({ waiting, generating, spares }: KeyStatus): Family[] {
  return [queue('podcert_key_generations', waiting, generating), singleOf('podcert_spare_keys', spares)];
}

/** A gauge of the calls to the Kubernetes API as they are now; none where there is no API. */
export function describeCalls(calls: Load | undefined): Family[] {
  return calls === undefined ? [] : [queue('podcert_api_calls', calls.waiting, calls.running)];
}

function queue(name: 'podcert_key_generations' | 'podcert_api_calls', waiting: number, running: number): Family {
  return familyOf(name, [
    { labels: { state: 'waiting' }, value: waiting },
    { labels: { state: 'running' }, value: running },
  ]);
}
