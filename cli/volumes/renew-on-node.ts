import type { RenewalAnswer, VolumeSummary } from '../../driver/admin/answers.ts';
import { SECOND_MS, type Clock } from '../clock.ts';
import { CliFailure, messageOf } from '../failure.ts';
import type { NodeClient } from '../nodes/node-client.ts';
import type { Pace } from './pace.ts';
import { troubleOf, type NodeVolume } from './volume.ts';

/** How renewals are made. */
export interface RenewalPlan {
  readonly clock: Clock;
  readonly pace: Pace;
  /** Whether to wait for each new set of files. */
  readonly isWaiting: boolean;
  /** For each volume, from the moment it was asked to renew. */
  readonly timeoutMs: number;
  readonly tell: (volume: NodeVolume, outcome: RenewalOutcome) => void;
}

/** What became of one renewal. */
export type RenewalOutcome =
  | { readonly kind: 'asked' }
  | { readonly kind: 'renewed'; readonly generation: number | undefined; readonly notAfterAt: string | undefined }
  | { readonly kind: 'failed'; readonly why: string };

interface Pending {
  readonly volume: NodeVolume;
  /** What the volume had when it was asked to renew. */
  readonly before: RenewalAnswer;
  readonly endsAtMs: number;
}

/** How often a node is asked how far its renewals are, by one request for all of them. */
const LOOK_EVERY_MS = SECOND_MS / 2;

/** Renews volumes of one node, each in its turn, and waits for what comes of it. What becomes of each is told. @throws {CliFailure} where the node is lost. */
export async function renewOnNode(
  client: NodeClient,
  volumes: readonly NodeVolume[],
  plan: RenewalPlan,
  signal: AbortSignal,
): Promise<void> {
  const pending = new Map<string, Pending>();
  for (const volume of volumes) {
    await plan.pace(signal);
    const asked = await ask(client, volume, plan, signal);
    if (asked !== undefined) pending.set(volume.volumeId, asked);
    if (pending.size > 0) await settle(client, pending, plan, signal);
  }
  while (pending.size > 0) {
    await plan.clock.sleep(LOOK_EVERY_MS, signal);
    await settle(client, pending, plan, signal);
  }
}

/** @returns undefined where there is nothing to wait for. */
async function ask(client: NodeClient, volume: NodeVolume, plan: RenewalPlan, signal: AbortSignal): Promise<Pending | undefined> {
  try {
    const before = await client.renew(volume.volumeId, signal);
    if (plan.isWaiting) return { volume, before, endsAtMs: plan.clock.now().getTime() + plan.timeoutMs };
    plan.tell(volume, { kind: 'asked' });
  } catch (error) {
    signal.throwIfAborted();
    // A volume that went meanwhile is no reason to leave the others; a node that is lost shows at the next look.
    if (!(error instanceof CliFailure)) throw error;
    plan.tell(volume, { kind: 'failed', why: messageOf(error) });
  }
  return undefined;
}

/** Tells of each pending renewal that has come to an end. */
async function settle(client: NodeClient, pending: Map<string, Pending>, plan: RenewalPlan, signal: AbortSignal): Promise<void> {
  const { volumes } = await client.volumes(signal);
  const now = new Map(volumes.map((volume) => [volume.volumeId, volume]));
  for (const [volumeId, each] of pending) {
    const outcome = judge(each, now.get(volumeId), plan);
    if (outcome === undefined) continue;
    pending.delete(volumeId);
    plan.tell(each.volume, outcome);
  }
}

function judge({ before, endsAtMs }: Pending, found: VolumeSummary | undefined, plan: RenewalPlan): RenewalOutcome | undefined {
  if (found === undefined) return { kind: 'failed', why: 'the volume is gone' };
  const hasAnother = found.receivedAt !== before.receivedAt;
  // A certificate that was under way by the old key is not what was asked for. The generation says nothing: files may be written again.
  if (hasAnother && found.isNewKeyAwaited === undefined)
    return { kind: 'renewed', generation: found.generation, notAfterAt: found.notAfterAt };
  // Failures are counted in a row, which each certificate ends.
  if ((found.failing?.failures ?? 0) > (hasAnother ? 0 : before.failures)) return { kind: 'failed', why: troubleOf(found) };
  if (plan.clock.now().getTime() < endsAtMs) return undefined;
  const why = troubleOf(found);
  return {
    kind: 'failed',
    why: `not renewed within ${plan.timeoutMs / SECOND_MS} s${why === '' ? '' : `: ${why}`}; the driver goes on trying`,
  };
}
