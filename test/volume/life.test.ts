import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { next } from '../../node-agent/volume/life.ts';
import type { Action, Life, LifeEvent } from '../../node-agent/volume/life.ts';

const absent: Life = { kind: 'absent' };
const issuing: Life = { kind: 'issuing' };
const resting: Life = { kind: 'mounted', issuing: false };
const renewing: Life = { kind: 'mounted', issuing: true };
const broken: Life = { kind: 'broken' };
const leaving: Life = { kind: 'leaving' };
const LIVES = [absent, issuing, resting, renewing, broken, leaving];

const publish: LifeEvent = { kind: 'publish', comparison: 'same' };
const otherAttributes: LifeEvent = { kind: 'publish', comparison: 'other-attributes' };
const otherTarget: LifeEvent = { kind: 'publish', comparison: 'other-target' };
const PUBLISHES = [publish, otherAttributes, otherTarget];
const kinds = ['unpublish', 'due', 'abandoned', 'deferred', 'bound', 'issued', 'delivered', 'failed', 'removed'] as const;
type Nine<T> = [T, T, T, T, T, T, T, T, T];
const [unpublish, due, abandoned, deferred, bound, issued, delivered, failed, removed] = kinds.map((kind) => ({ kind })) as Nine<LifeEvent>;
const EVENTS = [...PUBLISHES, unpublish, due, abandoned, deferred, bound, issued, delivered, failed, removed];

/** The design's table of states, row by row; what is in no row changes nothing. */
const TABLE: readonly (readonly [from: Life, event: LifeEvent, action: Action, to: Life])[] = [
  [absent, publish, 'issue', issuing],
  [absent, otherAttributes, 'issue', issuing],
  [absent, otherTarget, 'issue', issuing],
  [absent, unpublish, 'remove', leaving],
  [issuing, publish, 'join', issuing],
  [issuing, otherAttributes, 'refuse-attributes', issuing],
  [issuing, otherTarget, 'refuse-target', issuing],
  [issuing, deferred, 'bind', issuing],
  [issuing, bound, 'release', renewing],
  [issuing, issued, 'deliver', issuing],
  [issuing, delivered, 'schedule', resting],
  [issuing, failed, 'forget', absent],
  [issuing, abandoned, 'abort', issuing],
  [issuing, unpublish, 'remove', leaving],
  [resting, publish, 'accept', resting],
  [renewing, publish, 'accept', renewing],
  [resting, otherAttributes, 'refuse-attributes', resting],
  [renewing, otherAttributes, 'refuse-attributes', renewing],
  [resting, otherTarget, 'refuse-target', resting],
  [renewing, otherTarget, 'refuse-target', renewing],
  [resting, due, 'renew', renewing],
  [resting, unpublish, 'remove', leaving],
  [renewing, issued, 'swap', renewing],
  [renewing, delivered, 'schedule', resting],
  [renewing, failed, 'back-off', resting],
  [renewing, unpublish, 'remove', leaving],
  [broken, publish, 'mend', renewing],
  [broken, otherAttributes, 'mend', renewing],
  [broken, otherTarget, 'refuse-target', broken],
  [broken, unpublish, 'remove', leaving],
  [leaving, publish, 'refuse-busy', leaving],
  [leaving, otherAttributes, 'refuse-busy', leaving],
  [leaving, otherTarget, 'refuse-busy', leaving],
  [leaving, unpublish, 'remove', leaving],
  [leaving, removed, 'forget', absent],
];

function isMounted({ kind }: Life): boolean {
  return kind === 'mounted' || kind === 'broken';
}

function named(life: Life): string {
  return life.kind === 'mounted' && life.issuing ? 'mounted with an issuance under way' : life.kind;
}

describe('the life of a volume', () => {
  for (const life of LIVES) {
    for (const event of EVENTS) {
      const row = TABLE.find(([from, on]) => from === life && on === event);
      const [, , action, to] = row ?? [life, event, 'nothing', life];
      const what = event.kind === 'publish' ? `publish (${event.comparison})` : event.kind;
      // The end of an issuance where none is under way, which its volume never tells.
      const isImpossible = life === resting && [issued, delivered, failed].includes(event);
      if (isImpossible) continue;
      it(`${named(life)}, ${what}: ${action}, then ${named(to)}`, () => {
        assert.deepEqual(next(life, event), { life: to, action });
      });
    }
  }

  const anyEvent = fc.constantFrom(...EVENTS);
  const anyLife = fc.constantFrom(...LIVES);
  const runs = { numRuns: 20_000 };

  /** A volume as `volume.ts` runs it: an issuance ends once, and its end is told; what is removed is told once. */
  interface Run {
    readonly life: Life;
    readonly issuances: number;
    readonly steps: readonly { readonly from: Life; readonly event: LifeEvent; readonly action: Action; readonly to: Life }[];
  }

  function run(from: Life, events: readonly LifeEvent[]): Run {
    let [life, issuances] = [from, from === renewing || from === issuing ? 1 : 0];
    const steps: Run['steps'][number][] = [];
    for (const event of events) {
      const isEnd = event === delivered || event === failed;
      // Only an issuance under way comes to something, and the removal awaits its end.
      if ((isEnd || event === issued) && issuances === 0) continue;
      if (event === removed && (life.kind !== 'leaving' || issuances > 0)) continue;
      const step = next(life, event);
      steps.push({ from: life, event, action: step.action, to: step.life });
      if (step.action === 'issue' || step.action === 'renew' || step.action === 'mend') issuances += 1;
      if (isEnd) issuances -= 1;
      assert.ok(issuances === 0 || issuances === 1, `${issuances} issuances after ${event.kind}`);
      life = step.life;
    }
    return { life, issuances, steps };
  }

  const sequences = fc.tuple(anyLife, fc.array(anyEvent, { maxLength: 40 }));

  it('never starts an issuance while another is under way, and always knows of the one that is (invariant 3)', () => {
    fc.assert(
      fc.property(sequences, ([from, events]) => {
        const { life, issuances } = run(from, events);
        if (life.kind === 'mounted') assert.equal(life.issuing, issuances === 1);
        if (life.kind === 'issuing') assert.equal(issuances, 1);
        if (life.kind === 'absent' || life.kind === 'broken') assert.equal(issuances, 0);
      }),
      runs,
    );
  });

  it('takes a mounted volume away by unpublish alone (invariant 4)', () => {
    fc.assert(
      fc.property(sequences, ([from, events]) => {
        for (const { from: before, event, to } of run(from, events).steps) {
          if (isMounted(before) && !isMounted(to)) assert.equal(event, unpublish);
        }
      }),
      runs,
    );
  });

  it('lets nothing but the end of its removal bring a leaving volume back, and takes no publish meanwhile (invariants 3 and 5)', () => {
    fc.assert(
      fc.property(sequences, ([from, events]) => {
        for (const { from: before, event, action, to } of run(from, events).steps) {
          if (before.kind !== 'leaving') continue;
          assert.equal(to.kind, event === removed ? 'absent' : 'leaving');
          if (event.kind === 'publish') assert.equal(action, 'refuse-busy');
        }
      }),
      runs,
    );
  });

  it('leaves from wherever it is, once unpublish is called (invariant 5)', () => {
    fc.assert(
      fc.property(sequences, ([from, events]) => {
        const { life } = run(from, events);
        assert.deepEqual(next(life, unpublish), { life: leaving, action: 'remove' });
      }),
      runs,
    );
  });

  it('answers OK to a publish only when the volume is mounted, or by waiting for that (invariant 1)', () => {
    fc.assert(
      fc.property(sequences, ([from, events]) => {
        for (const { from: before, event, action, to } of run(from, events).steps) {
          if (event.kind !== 'publish') continue;
          if (action === 'accept') assert.ok(before.kind === 'mounted' && to.kind === 'mounted');
          if (action === 'issue' || action === 'join') assert.equal(to.kind, 'issuing');
        }
      }),
      runs,
    );
  });

  it('ends at nothing or at rest when whatever is under way comes to its end', () => {
    fc.assert(
      fc.property(sequences, fc.constantFrom(delivered, failed), ([from, events], end) => {
        const { life } = run(from, [...events, end, removed]);
        assert.ok(life.kind === 'absent' || life.kind === 'broken' || (life.kind === 'mounted' && !life.issuing), named(life));
      }),
      runs,
    );
  });
});
