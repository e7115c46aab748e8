import type { Failure } from '../events.ts';
import type { VolumeStatus, Waiting } from '../ports.ts';
import type { VolumeId } from '../volume-id.ts';
import { healthOf } from './health.ts';
import type { Life } from './life.ts';
import type { LostPurpose, Purpose } from './purpose.ts';
import type { RenewalPlan } from './renewal-plan.ts';

/** What a volume knows of itself at this moment. */
export interface Seen {
  readonly life: Life;
  readonly purpose: Purpose | LostPurpose;
  readonly plan: RenewalPlan;
  readonly waiting: Waiting | undefined;
  readonly setAside: Failure | undefined;
  /** It was bound before its first certificate came. */
  readonly startedFirst: boolean;
}

/** What a volume tells of itself. */
export function statusOf(volumeId: VolumeId, seen: Seen, now: Date): VolumeStatus {
  const { life, plan, waiting, setAside, startedFirst } = seen;
  const { spec, targetPath } = seen.purpose;
  const { current, renewAt, failing, isNewKeyAwaited } = plan;
  const facts = {
    volumeId,
    state: life.kind === 'absent' ? ('leaving' as const) : life.kind,
    ...(spec && { pod: spec.pod, issuer: spec.issuer }),
    targetPath,
    ...(current && { receivedAt: current.receivedAt, notAfterAt: current.facts.notAfterAt, generation: current.number }),
    ...(renewAt && { renewAt }),
    ...(isNewKeyAwaited && { isNewKeyAwaited }),
    ...(waiting && { waiting }),
    ...(failing && { failing }),
    // Of a volume that is being mended, what counts is how that goes.
    ...(setAside && life.kind === 'broken' && { setAside }),
  };
  const isUnreadable = life.kind === 'mounted' && current === undefined && !startedFirst;
  return { ...facts, health: healthOf({ ...facts, isUnreadable }, now) };
}
