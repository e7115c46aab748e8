import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { renewalTime, succession, type Renewable } from '../../node-agent/schedule/renewal.ts';
import { spreadFraction } from '../../node-agent/schedule/spread.ts';
import { parseVolumeId, type VolumeId } from '../../node-agent/volume-id.ts';

const RECEIVED_MS = Date.parse('2026-03-01T12:00:00Z');

function volume(text: string): VolumeId {
  const volumeId = parseVolumeId(text);
  assert.ok(volumeId);
  return volumeId;
}

/** A certificate by instants relative to when it was received; the third renewal unless said otherwise, so not shifted. */
function certificate(input: {
  afterMs: number;
  beforeMs?: number;
  renewBeforeMs?: number | undefined;
  renewals?: number;
  lateMs?: number;
  id?: string;
}): Renewable {
  return {
    volumeId: volume(input.id ?? 'csi-0'),
    notBeforeAt: new Date(RECEIVED_MS + (input.beforeMs ?? 0)),
    notAfterAt: new Date(RECEIVED_MS + input.afterMs),
    receivedAt: new Date(RECEIVED_MS),
    renewBeforeMs: input.renewBeforeMs,
    renewals: input.renewals ?? 2,
    lateMs: input.lateMs ?? 0,
  };
}

function delayMs(renewable: Renewable): number {
  return renewalTime(renewable).renewAt.getTime() - RECEIVED_MS;
}

describe('the nominal instant of renewal', () => {
  const table: readonly { name: string; input: Parameters<typeof certificate>[0]; expectedMs: number }[] = [
    { name: 'two thirds into 24 hours', input: { afterMs: DAY_MS }, expectedMs: 16 * HOUR_MS },
    { name: 'two thirds into 90 days', input: { afterMs: 90 * DAY_MS }, expectedMs: 60 * DAY_MS },
    { name: 'two thirds into 60 seconds', input: { afterMs: MINUTE_MS }, expectedMs: 40_000 },
    {
      name: 'two thirds of what was left of a backdated certificate',
      input: { beforeMs: -30 * DAY_MS, afterMs: 3 * HOUR_MS },
      expectedMs: 2 * HOUR_MS,
    },
    {
      name: 'two thirds into a validity that begins later',
      input: { beforeMs: HOUR_MS, afterMs: 4 * HOUR_MS },
      expectedMs: 3 * HOUR_MS,
    },
    { name: 'renew-before ahead of the end', input: { afterMs: DAY_MS, renewBeforeMs: HOUR_MS }, expectedMs: 23 * HOUR_MS },
    { name: 'a long renew-before ahead of the end', input: { afterMs: DAY_MS, renewBeforeMs: 16 * HOUR_MS }, expectedMs: 8 * HOUR_MS },
    {
      name: 'the default for a renew-before as long as the lifetime',
      input: { afterMs: DAY_MS, renewBeforeMs: DAY_MS },
      expectedMs: 16 * HOUR_MS,
    },
    {
      name: 'the default for a renew-before beyond the lifetime',
      input: { afterMs: DAY_MS, renewBeforeMs: 90 * DAY_MS },
      expectedMs: 16 * HOUR_MS,
    },
    {
      name: 'a third into the lifetime for a renew-before that asks for less',
      input: { afterMs: DAY_MS, renewBeforeMs: 20 * HOUR_MS },
      expectedMs: 8 * HOUR_MS,
    },
    { name: 'a second for a certificate of two milliseconds', input: { afterMs: 2 }, expectedMs: 1_000 },
    { name: 'a second for a certificate that ends as it is received', input: { afterMs: 0 }, expectedMs: 1_000 },
    {
      name: 'a second for a certificate that ended a year ago',
      input: { beforeMs: -400 * DAY_MS, afterMs: -365 * DAY_MS },
      expectedMs: 1_000,
    },
  ];
  for (const { name, input, expectedMs } of table) {
    it(`is ${name}`, () => assert.equal(delayMs(certificate(input)), expectedMs));
  }
});

describe('renew-before', () => {
  const table: readonly { hours: number | undefined; tooLong: boolean }[] = [
    { hours: undefined, tooLong: false },
    { hours: 8, tooLong: false },
    { hours: 16, tooLong: false },
    { hours: 17, tooLong: true },
    { hours: 24, tooLong: true },
    { hours: 25, tooLong: true },
  ];
  for (const { hours, tooLong } of table) {
    it(`of ${hours === undefined ? 'nothing' : `${hours} h`} is ${tooLong ? '' : 'not '}called too long for 24 h`, () => {
      const renewBeforeMs = hours === undefined ? undefined : hours * HOUR_MS;
      const renewal = renewalTime(certificate({ afterMs: DAY_MS, renewBeforeMs }));
      assert.equal(renewal.renewBeforeTooLong, tooLong);
      assert.equal(renewal.lifetimeMs, DAY_MS);
    });
  }
});

describe('the spread of renewals', () => {
  it('brings the first two forward by the same share of a third, and later ones not at all', () => {
    for (const id of ['csi-0', 'csi-1', 'csi-abcdef']) {
      const shiftMs = Math.floor(spreadFraction(volume(id), 'renewal') * 8 * HOUR_MS);
      const delays = [0, 1, 2, 3, 1_000].map((renewals) => delayMs(certificate({ id, afterMs: DAY_MS, renewals })));
      const nominalMs = 16 * HOUR_MS;
      assert.deepEqual(delays, [nominalMs - shiftMs, nominalMs - shiftMs, nominalMs, nominalMs, nominalMs]);
    }
  });

  it('places ids that differ in one hex digit independently of each other', () => {
    const fractions = Array.from({ length: 4_096 }, (_, index) =>
      spreadFraction(volume(`csi-${index.toString(16).padStart(64, '0')}`), 'renewal'),
    );
    const bins = Array.from({ length: 16 }, () => 0);
    for (const fraction of fractions) bins[Math.floor(fraction * 16)]! += 1;
    // 256 a bin on average with a standard deviation of 15.5: five of them either way.
    for (const count of bins) assert.ok(count > 178 && count < 334, `${count} of 4,096 in one of 16 bins`);
    const neighbours = fractions.slice(1).map((fraction, index) => Math.abs(fraction - fractions[index]!));
    const meanDistance = neighbours.reduce((sum, distance) => sum + distance, 0) / neighbours.length;
    assert.ok(Math.abs(meanDistance - 1 / 3) < 0.02, `neighbours lie ${meanDistance} apart; independent ones 1/3`);
  });

  it('brings a renewal forward by less than a third, also where a short renew-before would leave room for more', () => {
    for (let index = 0; index < 100; index += 1) {
      const delay = delayMs(certificate({ id: `csi-${index}`, afterMs: DAY_MS, renewBeforeMs: HOUR_MS, renewals: 0 }));
      assert.ok(delay > 15 * HOUR_MS && delay <= 23 * HOUR_MS);
    }
  });

  it('uses the whole window that a renew-before leaves, rather than gathering volumes at its beginning', () => {
    // 12 h before the end of 24 h: the window reaches from 8 h to 12 h after the issue.
    const delays = Array.from({ length: 1_000 }, (_, index) =>
      delayMs(certificate({ id: `csi-${index}`, afterMs: DAY_MS, renewBeforeMs: 12 * HOUR_MS, renewals: 0 })),
    );
    const hours = [8, 9, 10, 11].map((hour) => delays.filter((delay) => delay >= hour * HOUR_MS && delay < (hour + 1) * HOUR_MS).length);
    assert.equal(
      hours.reduce((sum, count) => sum + count, 0),
      1_000,
    );
    for (const count of hours) assert.ok(count > 180 && count < 320, `${hours.join(', ')} volumes an hour`);
  });
});

describe('a certificate that came late', () => {
  const table: readonly { name: string; input: Parameters<typeof certificate>[0]; expectedMs: number }[] = [
    { name: 'by as much as it was late', input: { afterMs: DAY_MS, lateMs: HOUR_MS }, expectedMs: 15 * HOUR_MS },
    { name: 'by a third at most', input: { afterMs: DAY_MS, lateMs: 8 * HOUR_MS }, expectedMs: 8 * HOUR_MS },
    { name: 'not at all where it was later than that', input: { afterMs: DAY_MS, lateMs: 9 * HOUR_MS }, expectedMs: 16 * HOUR_MS },
    {
      name: 'not at all where renew-before leaves no room',
      input: { afterMs: DAY_MS, renewBeforeMs: 16 * HOUR_MS, lateMs: HOUR_MS },
      expectedMs: 8 * HOUR_MS,
    },
  ];
  for (const { name, input, expectedMs } of table) {
    it(`has its renewal brought forward ${name}`, () => assert.equal(delayMs(certificate(input)), expectedMs));
  }

  /** When each of six renewals is due, the certificates coming as late as it says; those beyond it come at once. */
  function duesMs(id: string, latenessMs: readonly number[]): number[] {
    let current = { ...certificate({ id, afterMs: DAY_MS }), ...succession(undefined, new Date(RECEIVED_MS)) };
    return [0, 1, 2, 3, 4, 5].map((index) => {
      const dueMs = renewalTime(current).renewAt.getTime();
      const receivedAt = new Date(dueMs + (latenessMs[index] ?? 0));
      const validity = { receivedAt, notBeforeAt: receivedAt, notAfterAt: new Date(receivedAt.getTime() + DAY_MS) };
      current = { ...current, ...validity, ...succession(current, receivedAt) };
      return dueMs;
    });
  }

  it('has its place again after two renewals at most, whichever of them was late', () => {
    for (const late of [0, 1, 2, 3]) {
      for (let index = 0; index < 200; index += 1) {
        const latenessMs = [0, 0, 0, 0].map((_, renewal) => (renewal === late ? 2 * HOUR_MS : 0));
        const [delayed, punctual] = [duesMs(`csi-${index}`, latenessMs), duesMs(`csi-${index}`, [])];
        assert.deepEqual(delayed.slice(late + 3), punctual.slice(late + 3));
      }
    }
  });

  it('is not called late where somebody asked for it before its time', () => {
    const replaced = certificate({ afterMs: DAY_MS });
    assert.deepEqual(succession(replaced, new Date(RECEIVED_MS + HOUR_MS)), { renewals: 3, lateMs: 0 });
    assert.deepEqual(succession(replaced, new Date(RECEIVED_MS + 17 * HOUR_MS)), { renewals: 3, lateMs: HOUR_MS });
  });
});

describe('whatever an issuer returns, a renewal', () => {
  const anyCertificate = fc.record({
    id: fc.stringMatching(/^csi-[0-9a-f]{64}$/),
    beforeMs: fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS }),
    afterMs: fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS }),
    renewBeforeMs: fc.option(fc.integer({ min: 1, max: 500 * DAY_MS }), { nil: undefined }),
    renewals: fc.nat(5),
    lateMs: fc.oneof(fc.constant(0), fc.nat(500 * DAY_MS)),
  });

  it('never comes sooner than a third of the lifetime, nor than a second, after the issue', () => {
    fc.assert(
      fc.property(anyCertificate, (input) => {
        const renewable = certificate(input);
        assert.ok(delayMs(renewable) >= Math.max(renewalTime(renewable).lifetimeMs / 3, 1_000));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never comes later than the nominal instant, unless that is sooner than the rule above allows', () => {
    fc.assert(
      fc.property(anyCertificate, (input) => {
        const renewable = certificate(input);
        const { renewAt, lifetimeMs } = renewalTime(renewable);
        const remainderMs = input.renewBeforeMs !== undefined && input.renewBeforeMs < lifetimeMs ? input.renewBeforeMs : lifetimeMs / 3;
        const earliestMs = RECEIVED_MS + Math.max(Math.ceil(lifetimeMs / 3), 1_000);
        assert.ok(renewAt.getTime() <= Math.max(renewable.notAfterAt.getTime() - remainderMs, earliestMs));
      }),
      { numRuns: 2_000 },
    );
  });
});
