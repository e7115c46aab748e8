import type { Comparison } from './record.ts';

/** Where a volume stands. `mounted` means bound at its target; `issuing` there says whether an issuance is under way. */
export type Life =
  | { readonly kind: 'absent' }
  | { readonly kind: 'issuing' }
  | { readonly kind: 'mounted'; readonly issuing: boolean }
  | { readonly kind: 'broken' }
  | { readonly kind: 'leaving' };

/** What can happen to a volume. */
export type LifeEvent =
  /** NodePublishVolume, compared with the request the volume was made for (`same` where there is none). */
  | {
      readonly kind: 'publish';
      readonly comparison: Comparison;
      /** This version cannot make a volume of the request. */ readonly isUnusable?: boolean;
    }
  /** NodeUnpublishVolume at the volume's own target. */
  | { readonly kind: 'unpublish' }
  /** The renewal instant is reached, or somebody asked for a renewal. */
  | { readonly kind: 'due' }
  /** Nobody has waited for the first certificate for too long. */
  | { readonly kind: 'abandoned' }
  /** The pod is to start before its certificate comes. */
  | { readonly kind: 'deferred' }
  /** The volume is bound, without files. */
  | { readonly kind: 'bound' }
  /** A certificate came and passed the check. */
  | { readonly kind: 'issued' }
  /** The files are in the volume and the volume is bound. */
  | { readonly kind: 'delivered' }
  /** The issuance or its disk steps failed, and what they made is undone. */
  | { readonly kind: 'failed' }
  /** Nothing of the volume is left. */
  | { readonly kind: 'removed' };

/** What the volume does about it; see `volume.ts`. */
export type Action =
  /** Start the first issuance and let the caller wait for it. */
  | 'issue'
  /** Let the caller wait for the issuance under way. */
  | 'join'
  /** Answer OK; see to it that the bind is there. */
  | 'accept'
  /** Answer OK and change nothing; see to it that the bind is there. */
  | 'tolerate'
  /** Answer OK, write a new record and start an issuance. */
  | 'mend'
  | 'refuse-attributes'
  | 'refuse-target'
  | 'refuse-busy'
  /** Start an issuance that nobody waits for. */
  | 'renew'
  /** Record, target, bind; no files. */
  | 'bind'
  /** Answer OK to all who wait; the issuance goes on. */
  | 'release'
  /** Record, parts, set, target, bind. */
  | 'deliver'
  /** Parts, set, rename. */
  | 'swap'
  /** Enter the next renewal into the agenda. */
  | 'schedule'
  /** Enter a retry into the agenda; the old files stay. */
  | 'back-off'
  /** End the issuance; its end is told by `failed`. */
  | 'abort'
  /** End the issuance if there is one, await its end, then remove everything. */
  | 'remove'
  /** Let the agent drop the volume. */
  | 'forget'
  | 'nothing';

export interface Step {
  readonly life: Life;
  readonly action: Action;
}

const ABSENT: Life = { kind: 'absent' };
const ISSUING: Life = { kind: 'issuing' };
const RENEWING: Life = { kind: 'mounted', issuing: true };
const RESTING: Life = { kind: 'mounted', issuing: false };
const LEAVING: Life = { kind: 'leaving' };

/** The whole state machine of a volume (docs/architecture.md has it as a table). Pure: the volume performs the action. */
export function next(life: Life, event: LifeEvent): Step {
  switch (life.kind) {
    case 'absent':
      return fromAbsent(life, event);
    case 'issuing':
      return fromIssuing(life, event);
    case 'mounted':
      return fromMounted(life, event);
    case 'broken':
      return fromBroken(life, event);
    case 'leaving':
      return fromLeaving(life, event);
    default:
      return life satisfies never;
  }
}

function fromAbsent(life: Life, event: LifeEvent): Step {
  switch (event.kind) {
    case 'publish':
      return { life: ISSUING, action: 'issue' };
    case 'unpublish':
      return { life: LEAVING, action: 'remove' };
    default:
      return { life, action: 'nothing' };
  }
}

function fromIssuing(life: Life, event: LifeEvent): Step {
  switch (event.kind) {
    case 'publish':
      return { life, action: refusal(event.comparison) ?? 'join' };
    case 'unpublish':
      return { life: LEAVING, action: 'remove' };
    case 'abandoned':
      return { life, action: 'abort' };
    case 'deferred':
      return { life, action: 'bind' };
    case 'bound':
      return { life: RENEWING, action: 'release' };
    case 'issued':
      return { life, action: 'deliver' };
    case 'delivered':
      return { life: RESTING, action: 'schedule' };
    case 'failed':
      return { life: ABSENT, action: 'forget' };
    default:
      return { life, action: 'nothing' };
  }
}

function fromMounted(life: Life & { kind: 'mounted' }, event: LifeEvent): Step {
  switch (event.kind) {
    case 'publish':
      return { life, action: refusal(event.comparison) ?? 'accept' };
    case 'unpublish':
      return { life: LEAVING, action: 'remove' };
    case 'due':
      return life.issuing ? { life, action: 'nothing' } : { life: RENEWING, action: 'renew' };
    case 'issued':
      return { life, action: 'swap' };
    case 'delivered':
      return { life: RESTING, action: 'schedule' };
    case 'failed':
      return { life: RESTING, action: 'back-off' };
    default:
      return { life, action: 'nothing' };
  }
}

function fromBroken(life: Life, event: LifeEvent): Step {
  switch (event.kind) {
    // Compared with nothing but the target: what the volume was made for may be what cannot be read.
    case 'publish':
      if (event.comparison === 'other-target') return { life, action: 'refuse-target' };
      return event.isUnusable ? { life, action: 'tolerate' } : { life: RENEWING, action: 'mend' };
    case 'unpublish':
      return { life: LEAVING, action: 'remove' };
    default:
      return { life, action: 'nothing' };
  }
}

function fromLeaving(life: Life, event: LifeEvent): Step {
  switch (event.kind) {
    case 'publish':
      return { life, action: 'refuse-busy' };
    case 'unpublish':
      return { life, action: 'remove' };
    case 'removed':
      return { life: ABSENT, action: 'forget' };
    default:
      return { life, action: 'nothing' };
  }
}

function refusal(comparison: Comparison): Action | undefined {
  switch (comparison) {
    case 'same':
      return undefined;
    case 'other-attributes':
      return 'refuse-attributes';
    case 'other-target':
      return 'refuse-target';
    default:
      return comparison satisfies never;
  }
}
