import type { Failure, VolumeSubject } from '../events.ts';
import type { PublishRequest } from '../ports.ts';
import type { VolumeSpec } from '../spec/volume-spec.ts';
import type { VolumeId } from '../volume-id.ts';
import type { Current } from './obtain.ts';
import { compareRequests } from './record.ts';
import type { Comparison, StoredRequest } from './record.ts';

/** What a volume is made for: the request as it came and what it means. */
export interface Purpose {
  readonly volumeId: VolumeId;
  readonly targetPath: string;
  readonly request: StoredRequest;
  readonly spec: VolumeSpec;
}

/** All that is known of a volume that was set aside. */
export interface LostPurpose {
  readonly targetPath: string;
  readonly volumeId?: never;
  readonly request?: never;
  readonly spec?: never;
}

/** How a volume begins: with a publish, or as a start found it. */
export type Beginning =
  | { readonly kind: 'absent'; readonly purpose: Purpose }
  | {
      readonly kind: 'mounted';
      readonly purpose: Purpose;
      readonly current: Current | undefined;
      /** When the driver before us would renew it, where it has a certificate that we cannot read. */
      readonly plannedAt?: Date;
    }
  | { readonly kind: 'broken'; readonly purpose: LostPurpose; readonly failure: Failure };

/** @returns how a publish compares with what the volume is for; a lost purpose knows its target only. */
export function comparePurpose(purpose: Purpose | LostPurpose, request: PublishRequest): Comparison {
  if (purpose.request !== undefined) return compareRequests(purpose.request, request);
  return purpose.targetPath === request.targetPath ? 'same' : 'other-target';
}

/** Whose volume it is, for the journal. */
export function subjectOf({ volumeId, spec: { pod, issuer } }: Purpose): VolumeSubject {
  return { volumeId, pod, issuer };
}
