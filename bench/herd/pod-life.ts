import { AgentError } from '../../node-agent/errors.ts';
import type { CertificateFacts } from '../../node-agent/issuance/certificate.ts';
import { succession } from '../../node-agent/schedule/renewal.ts';
import type { Current } from '../../node-agent/volume/obtain.ts';
import { RenewalPlan } from '../../node-agent/volume/renewal-plan.ts';
import type { VolumeId } from '../../node-agent/volume-id.ts';

/** A time in which something is not there: the issuer fails every request, or no driver runs. Milliseconds, the end excluded. */
export interface Outage {
  readonly of: 'issuer' | 'drivers';
  readonly fromMs: number;
  readonly untilMs: number;
}

/** One pod with one volume. */
export interface Pod {
  readonly volumeId: VolumeId;
  readonly bornMs: number;
  /** Uniform in [0, 1): of its own, so that no pod's life depends on the others. */
  readonly random: () => number;
}

/** What all pods share. */
export interface World {
  /** From when a certificate is signed to its end. */
  readonly lifetimeMs: number;
  readonly outages: readonly Outage[];
}

/** Told of each renewal, and what was left of the certificate before: nothing or less once it had expired. */
export type Renewed = (atMs: number, remainingMs: number) => void;

/** How long an issuer takes, whether it signs or refuses: one to five seconds. */
export function answerMs(random: () => number): number {
  return Math.floor(1_000 + random() * 4_000);
}

const NEVER = 'the simulation has no sleepers';

/**
 * The life of one pod's certificates from its birth to `endMs`, with the driver's own plan. Pods of one node share nothing that
 * decides an instant, so each is lived to its end before the next; the plan's one entry stands for the agenda.
 */
export function livePod({ volumeId, bornMs, random }: Pod, endMs: number, world: World, renewed: Renewed): void {
  let nowMs = bornMs;
  const entry = { dueMs: Infinity };
  const clock = { now: () => new Date(nowMs), sleep: () => Promise.reject(new Error(NEVER)) };
  const agenda = {
    set: (_key: string, dueAt: Date) => void (entry.dueMs = dueAt.getTime()),
    setIn: (_key: string, delayMs: number) => void (entry.dueMs = nowMs + delayMs),
    remove: () => undefined,
  };
  const startPlan = () => new RenewalPlan({ clock, random, agenda }, volumeId, () => undefined);
  let plan = startPlan();
  let current = signed(bornMs, world.lifetimeMs, succession(undefined, new Date(bornMs)));
  plan.follow(current, undefined);
  while (entry.dueMs < endMs) {
    nowMs = entry.dueMs;
    const driversBackMs = endOf(world.outages, 'drivers', nowMs);
    if (driversBackMs !== undefined) {
      nowMs = driversBackMs;
      plan = startPlan();
      plan.resume(current, undefined);
      continue;
    }
    const isDown = endOf(world.outages, 'issuer', nowMs) !== undefined;
    nowMs += answerMs(random);
    if (isDown) {
      plan.backOff(refused);
    } else {
      renewed(nowMs, current.facts.notAfterAt.getTime() - nowMs);
      current = signed(nowMs, world.lifetimeMs, succession({ volumeId, ...current, ...current.facts }, new Date(nowMs)));
      plan.follow(current, undefined);
    }
  }
}

const refused = new AgentError('issuer-unavailable', 'The issuer is down');

function endOf(outages: readonly Outage[], of: Outage['of'], atMs: number): number | undefined {
  return outages.find((outage) => outage.of === of && outage.fromMs <= atMs && atMs < outage.untilMs)?.untilMs;
}

/** A certificate that is valid from when it comes. */
export function signed(receivedMs: number, lifetimeMs: number, counted: Pick<Current, 'renewals' | 'lateMs'>): Current {
  const [receivedAt, notAfterAt] = [new Date(receivedMs), new Date(receivedMs + lifetimeMs)];
  const facts: CertificateFacts = { serial: '01', notBeforeAt: receivedAt, notAfterAt };
  return { number: counted.renewals + 1, ...counted, receivedAt, facts };
}
