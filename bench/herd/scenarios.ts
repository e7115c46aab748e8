import { HOUR_MS } from '../../node-agent/clock.ts';
import { LIFETIME_MS } from './herd-run.ts';
import type { Outage } from './pod-life.ts';

/** A herd's fate. */
export interface Scenario {
  readonly name: string;
  readonly outages: readonly Outage[];
}

/** From one renewal of a pod to the next, once it has its place. */
export const PERIOD_MS = (2 * LIFETIME_MS) / 3;

/** How long each outage is. */
export const OUTAGE_MS = HOUR_MS;

const LATER_MS = 3 * LIFETIME_MS;

/** One herd with nothing wrong, and the others with an hour's outage at moments that suit it badly. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing is wrong', outages: [] },
  { name: 'issuer down as the first renewals begin', outages: [down('issuer', PERIOD_MS / 2)] },
  { name: 'issuer down amid the first renewals', outages: [down('issuer', (3 * PERIOD_MS) / 4)] },
  { name: 'issuer down as the first renewals end', outages: [down('issuer', PERIOD_MS - OUTAGE_MS)] },
  { name: 'issuer down in the fourth lifetime', outages: [down('issuer', LATER_MS)] },
  { name: 'the same, and again a period later', outages: [down('issuer', LATER_MS), down('issuer', LATER_MS + PERIOD_MS)] },
  { name: 'all drivers down in the fourth lifetime', outages: [down('drivers', LATER_MS)] },
];

function down(of: Outage['of'], fromMs: number): Outage {
  return { of, fromMs, untilMs: fromMs + OUTAGE_MS };
}
