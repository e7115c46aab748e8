import type { RenewalAnswer, VolumeSummary } from '../../driver/admin/answers.ts';
import { SECOND_MS, type Clock } from '../clock.ts';
import { messageOf } from '../failure.ts';
import { NodeRefusal, type NodeClient } from '../nodes/node-client.ts';
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

type Found = ReadonlyMap<string, VolumeSummary | undefined>;

/** How often a node is asked how far its renewals are, at most. */
const LOOK_EVERY_MS = SECOND_MS / 2;
/** Up to so many volumes are asked for one by one; for more the node lists all that it has. */
const FEW = 4;

/** Renews volumes of one node, each in its turn, and waits for what comes of it. What becomes of each is told. @throws {CliFailure} where the node is lost. */
export async function renewOnNode(
  client: NodeClient,
  volumes: readonly NodeVolume[],
  plan: RenewalPlan,
  signal: AbortSignal,
): Promise<void> {
  const pending = new Map<string, Pending>();
  const nowMs = () => plan.clock.now().getTime();
  let nextLookMs = nowMs() + LOOK_EVERY_MS;
  const look = async () => {
    settle(pending, await lookAt(client, pending, signal), plan);
    nextLookMs = nowMs() + LOOK_EVERY_MS;
  };
  for (const volume of volumes) {
    await plan.pace(signal);
    const asked = await ask(client, volume, plan, signal);
    if (asked !== undefined) pending.set(volume.volumeId, asked);
    if (pending.size > 0 && nowMs() >= nextLookMs) await look();
  }
  while (pending.size > 0) {
    await plan.clock.sleep(nextLookMs - nowMs(), signal);
    await look();
  }
}

/** @returns undefined where there is nothing to wait for. */
async function ask(client: NodeClient, volume: NodeVolume, plan: RenewalPlan, signal: AbortSignal): Promise<Pending | undefined> {
  try {
    const before = await client.renew(volume.volumeId, signal);
    if (plan.isWaiting) return { volume, before, endsAtMs: plan.clock.now().getTime() + plan.timeoutMs };
    plan.tell(volume, { kind: 'asked' });
  } catch (error) {
    // A volume that went meanwhile is no reason to leave the others, a node that is lost is one.
    if (!(error instanceof NodeRefusal)) throw error;
    plan.tell(volume, { kind: 'failed', why: messageOf(error) });
  }
  return undefined;
}

/** What the node has by now of the volumes that are waited for, by id. */
async function lookAt(client: NodeClient, pending: ReadonlyMap<string, Pending>, signal: AbortSignal): Promise<Found> {
  if (pending.size > FEW) return new Map((await client.volumes(signal)).volumes.map((volume) => [volume.volumeId, volume]));
  const found = new Map<string, VolumeSummary | undefined>();
  for (const volumeId of pending.keys()) found.set(volumeId, await client.volume(volumeId, signal));
  return found;
}

/** Tells of each pending renewal that has come to an end. */
function settle(pending: Map<string, Pending>, found: Found, plan: RenewalPlan): void {
  for (const [volumeId, each] of pending) {
    const outcome = judge(each, found.get(volumeId), plan);
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
