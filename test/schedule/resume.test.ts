import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { renewalTime } from '../../node-agent/schedule/renewal.ts';
import { resumeAt } from '../../node-agent/schedule/resume.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

/** How long after the restart a volume is renewed, by instants relative to the restart. */
function delayMs(id: string, dueMs: number, notAfterMs: number): number {
  const volumeId = parseVolumeId(id);
  assert.ok(volumeId);
  const [dueAt, notAfterAt] = [new Date(NOW_MS + dueMs), new Date(NOW_MS + notAfterMs)];
  return resumeAt({ volumeId, dueAt, notAfterAt, now: new Date(NOW_MS) }).getTime() - NOW_MS;
}

describe('after a restart a renewal', () => {
  it('that is not due yet keeps its instant (invariant 6)', () => {
    for (const dueMs of [1, MINUTE_MS, 60 * DAY_MS]) assert.equal(delayMs('csi-0', dueMs, 90 * DAY_MS), dueMs);
  });

  it('of an expired certificate is due now', () => {
    for (const notAfterMs of [0, -1, -30 * DAY_MS]) assert.equal(delayMs('csi-0', notAfterMs - HOUR_MS, notAfterMs), 0);
  });

  it('whose certificate cannot be read, and which was due, comes within five minutes (invariant 6)', () => {
    const volumeId = parseVolumeId('csi-1');
    assert.ok(volumeId);
    const now = new Date(NOW_MS);
    const delay = (dueAt: Date) => resumeAt({ volumeId, dueAt, now }).getTime() - NOW_MS;
    assert.ok(delay(new Date('0001-01-01T00:00:00Z')) < 5 * MINUTE_MS);
    assert.equal(delay(new Date(NOW_MS + HOUR_MS)), HOUR_MS);
  });

  const windows: readonly { name: string; notAfterMs: number; windowMs: number }[] = [
    { name: 'five minutes', notAfterMs: 8 * HOUR_MS, windowMs: 5 * MINUTE_MS },
    { name: 'a quarter of what remains', notAfterMs: 4 * MINUTE_MS, windowMs: MINUTE_MS },
  ];
  for (const { name, notAfterMs, windowMs } of windows) {
    it(`that fell due is spread over ${name} (invariant 6)`, () => {
      const delays = Array.from({ length: 1_000 }, (_, index) => delayMs(`csi-${index}`, -HOUR_MS, notAfterMs));
      const quarters = [0, 1, 2, 3].map((quarter) => delays.filter((delay) => Math.floor((delay / windowMs) * 4) === quarter).length);
      assert.equal(
        quarters.reduce((sum, count) => sum + count, 0),
        1_000,
        'some lie outside the window',
      );
      for (const count of quarters) assert.ok(count > 180 && count < 320, `${quarters.join(', ')} in the quarters of the window`);
    });
  }

  it('that fell due is spread over the whole window, also among volumes that fell due since their ids are alike to the spread of renewals (invariant 6)', () => {
    // Born together a day ago with certificates of 48 hours; the driver was down while a sixteenth of the herd fell due.
    const bornAt = new Date(NOW_MS - DAY_MS);
    const notAfterAt = new Date(NOW_MS + DAY_MS);
    const overdue = Array.from({ length: 8_000 }, (_, index) => `csi-${index}`).filter((id) => {
      const volumeId = parseVolumeId(id);
      assert.ok(volumeId);
      const { renewAt } = renewalTime({ volumeId, notBeforeAt: bornAt, notAfterAt, receivedAt: bornAt, renewals: 0, lateMs: 0 });
      return renewAt.getTime() <= NOW_MS && renewAt.getTime() > NOW_MS - HOUR_MS;
    });
    const delays = overdue.map((id) => delayMs(id, -HOUR_MS, DAY_MS));
    const quarters = [0, 1, 2, 3].map((quarter) => delays.filter((delay) => Math.floor(delay / (1.25 * MINUTE_MS)) === quarter).length);
    // About 500, with a standard deviation of 10 a quarter.
    for (const count of quarters) assert.ok(count > 75 && count < 175, `${quarters.join(', ')} in the quarters of the window`);
  });
});
