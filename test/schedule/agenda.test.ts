import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { Agenda } from '../../node-agent/schedule/agenda.ts';
import { renewalTime } from '../../node-agent/schedule/renewal.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { ManualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let agenda: Agenda;
let lifetime: AbortController;
let ran: string[];
let failures: [string, unknown][];

beforeEach(() => {
  clock = new ManualClock();
  failures = [];
  agenda = new Agenda({ clock, failed: (key, error) => failures.push([key, error]) });
  lifetime = new AbortController();
  ran = [];
});

afterEach(() => lifetime.abort());

function after(delayMs: number): Date {
  return new Date(clock.now().getTime() + delayMs);
}

function note(key: string, delayMs: number): void {
  agenda.set(key, after(delayMs), () => ran.push(key));
}

/** The instants at which each volume was renewed, over `days`. */
async function live(days: number): Promise<Map<string, number[]>> {
  agenda.start(lifetime.signal);
  const renewedMs = new Map<string, number[]>();
  for (let index = 0; index < 1_000; index += 1) {
    const volumeId = parseVolumeId(`csi-${index.toString(16).padStart(64, '0')}`);
    assert.ok(volumeId);
    const history: number[] = [];
    renewedMs.set(volumeId, history);
    const enter = () => {
      const receivedAt = clock.now();
      const validity = { notBeforeAt: after(-MINUTE_MS), notAfterAt: after(DAY_MS), receivedAt };
      const { renewAt } = renewalTime({ volumeId, ...validity, renewals: history.length, lateMs: 0 });
      agenda.set(volumeId, renewAt, () => {
        history.push(clock.now().getTime());
        enter();
      });
    };
    enter();
    await clock.advance(1);
  }
  await clock.advance(days * DAY_MS);
  return renewedMs;
}

describe('the agenda', () => {
  it('runs each entry once, at its instant, in the order of the instants', async () => {
    agenda.start(lifetime.signal);
    const instants: number[] = [];
    for (const delayMs of [90 * DAY_MS, 10, 3 * HOUR_MS, MINUTE_MS, 20]) {
      const dueAt = after(delayMs);
      agenda.set(`${delayMs}`, dueAt, () => {
        assert.deepEqual(clock.now(), dueAt);
        instants.push(delayMs);
      });
    }
    await clock.advance(91 * DAY_MS);
    assert.deepEqual(instants, [10, 20, MINUTE_MS, 3 * HOUR_MS, 90 * DAY_MS]);
    assert.equal(agenda.size, 0);
    assert.deepEqual(failures, []);
  });

  it('runs nothing before it starts, then at once what fell due, and never while `set` is called', async () => {
    note('overdue', -HOUR_MS);
    await clock.advance(HOUR_MS);
    assert.deepEqual(ran, []);
    agenda.start(lifetime.signal);
    note('now', 0);
    assert.deepEqual(ran, []);
    await clock.advance(0);
    assert.deepEqual(ran, ['overdue', 'now']);
  });

  it('wakes sooner when an earlier instant is set, with one timer in all', async () => {
    agenda.start(lifetime.signal);
    assert.equal(clock.sleeping, 0);
    for (const seconds of [50, 40, 30, 20, 10]) note(`${seconds} s`, seconds * 1_000);
    assert.equal(clock.sleeping, 1);
    await clock.advance(10_000);
    assert.deepEqual(ran, ['10 s']);
    assert.equal(clock.sleeping, 1);
  });

  it('replaces what a key had, and forgets what is removed', async () => {
    agenda.start(lifetime.signal);
    note('postponed', 1_000);
    note('removed', 2_000);
    note('postponed', 5_000);
    agenda.remove('removed');
    agenda.remove('unknown');
    await clock.advance(4_999);
    assert.deepEqual(ran, []);
    await clock.advance(1);
    assert.deepEqual(ran, ['postponed']);
  });

  it('does not run an entry that another one, due at the same instant, removes', async () => {
    agenda.start(lifetime.signal);
    agenda.set('first', after(1_000), () => agenda.remove('second'));
    note('second', 1_000);
    note('third', 1_000);
    await clock.advance(HOUR_MS);
    assert.deepEqual(ran, ['third']);
  });

  it('lets the event loop go on between two runs of an entry that sets itself due at once', async () => {
    agenda.start(lifetime.signal);
    let runs = 0;
    const again = () => {
      runs += 1;
      if (runs < 5) agenda.set('again', clock.now(), again);
    };
    agenda.set('again', clock.now(), again);
    await clock.jump(0);
    assert.equal(runs, 1);
    await clock.advance(0);
    assert.equal(runs, 5);
  });

  it('runs the others when one throws, and reports it (invariant 7)', async () => {
    agenda.start(lifetime.signal);
    const bug = new TypeError('a bug');
    note('before', 1_000);
    agenda.set('broken', after(1_000), () => {
      throw bug;
    });
    note('after', 1_000);
    note('later', 2_000);
    await clock.advance(2_000);
    assert.deepEqual(ran, ['before', 'after', 'later']);
    assert.deepEqual(failures, [['broken', bug]]);
  });

  it('runs all that fell due once, in order, after the clock jumped a month', async () => {
    agenda.start(lifetime.signal);
    for (const days of [20, 5, 40, 10]) note(`day ${days}`, days * DAY_MS);
    await clock.jump(30 * DAY_MS);
    assert.deepEqual(ran, ['day 5', 'day 10', 'day 20']);
    await clock.advance(10 * DAY_MS);
    assert.deepEqual(ran, ['day 5', 'day 10', 'day 20', 'day 40']);
  });

  it('notices a jump of the clock within a minute though its timer stood still', async () => {
    // The wall clock moves on by a month, but the timer goes on from where it was, as after a suspend.
    let aheadMs = 0;
    const suspended = { now: () => new Date(clock.now().getTime() + aheadMs), sleep: clock.sleep.bind(clock) };
    agenda = new Agenda({ clock: suspended, failed: (key, error) => failures.push([key, error]) });
    agenda.start(lifetime.signal);
    note('renewal', 20 * DAY_MS);
    aheadMs = 30 * DAY_MS;
    await clock.advance(MINUTE_MS);
    assert.deepEqual(ran, ['renewal']);
  });

  it('runs what is due on time after the clock was set back', async () => {
    let behindMs = 0;
    const setBack = { now: () => new Date(clock.now().getTime() - behindMs), sleep: clock.sleep.bind(clock) };
    agenda = new Agenda({ clock: setBack, failed: (key, error) => failures.push([key, error]) });
    agenda.start(lifetime.signal);
    agenda.set('later', after(30_000), () => ran.push('later'));
    behindMs = HOUR_MS;
    await clock.advance(HOUR_MS);
    assert.deepEqual(ran, []);
    await clock.advance(30_000);
    assert.deepEqual(ran, ['later']);
  });

  it('lets who waits for a time to pass wait no longer than that and a minute, however far the clock is set back', async () => {
    agenda.start(lifetime.signal);
    agenda.setIn('round', MINUTE_MS, () => ran.push('round'));
    agenda.setIn('long', HOUR_MS, () => ran.push('long'));
    note('renewal', MINUTE_MS);
    agenda.setIn('replaced', MINUTE_MS, () => ran.push('replaced'));
    note('replaced', 2 * MINUTE_MS);
    agenda.setIn('removed', MINUTE_MS, () => ran.push('removed'));
    agenda.remove('removed');
    await clock.advance(30_000);
    await clock.jump(-DAY_MS);
    await clock.advance(30_000);
    assert.deepEqual(ran, []);
    await clock.advance(MINUTE_MS);
    assert.deepEqual(ran, ['round']);
    await clock.advance(HOUR_MS);
    assert.deepEqual(ran, ['round', 'long']);
    await clock.advance(DAY_MS);
    assert.deepEqual(ran, ['round', 'long', 'renewal', 'replaced']);
  });

  it('runs what waits for part of a millisecond, and holds up nothing else by it', async () => {
    agenda.start(lifetime.signal);
    agenda.setIn('part', 0.567, () => ran.push('part'));
    note('whole', 1_000);
    await clock.advance(1_000);
    assert.deepEqual(ran, ['part', 'whole']);
  });

  it('does not begin a wait anew for a clock that is set back by less than it has lasted', async () => {
    agenda.start(lifetime.signal);
    agenda.setIn('wait', 10 * MINUTE_MS, () => ran.push('wait'));
    for (let minute = 0; minute < 10; minute += 1) {
      await clock.advance(MINUTE_MS + 100);
      await clock.jump(-100);
    }
    assert.deepEqual(ran, ['wait']);
  });

  it('leaves no sleeper after an abort, and none for what is set after it', async () => {
    agenda.start(lifetime.signal);
    note('never', 1_000);
    assert.equal(clock.sleeping, 1);
    lifetime.abort(new Error('the end'));
    assert.equal(clock.sleeping, 0);
    note('neither', 500);
    assert.equal(clock.sleeping, 0);
    await clock.advance(HOUR_MS);
    assert.deepEqual(ran, []);
  });

  it('runs nothing more once a run has ended it', async () => {
    agenda.start(lifetime.signal);
    agenda.set('last', after(1_000), () => lifetime.abort(new Error('the end')));
    note('never', 1_000);
    await clock.advance(HOUR_MS);
    assert.deepEqual(ran, []);
    assert.equal(clock.sleeping, 0);
  });

  it('has no timer once its last entry has gone', async () => {
    agenda.start(lifetime.signal);
    note('only', 1_000);
    await clock.advance(1_000);
    assert.equal(clock.sleeping, 0);
    note('removed', 1_000);
    agenda.remove('removed');
    await clock.advance(1_000);
    assert.equal(clock.sleeping, 0);
    note('next', 1_000);
    await clock.advance(1_000);
    assert.deepEqual(ran, ['only', 'next']);
  });

  it('does not begin when its life is over before', async () => {
    lifetime.abort(new Error('the end'));
    agenda.start(lifetime.signal);
    note('never', 0);
    await clock.advance(HOUR_MS);
    assert.deepEqual(ran, []);
  });

  it('takes, moves, removes and runs 100,000 entries in a few seconds of the processor', async () => {
    const before = process.cpuUsage();
    agenda.start(lifetime.signal);
    for (let index = 0; index < 100_000; index += 1) note(`${index}`, DAY_MS - index);
    for (let index = 0; index < 100_000; index += 1) note(`${index}`, ((index * 7_919) % 100_000) + 1_000);
    for (let index = 0; index < 100_000; index += 2) agenda.remove(`${index}`);
    await clock.jump(DAY_MS);
    assert.equal(ran.length, 50_000);
    const tookMs = process.cpuUsage(before).user / 1_000;
    // A list searched for each change would take minutes.
    assert.ok(tookMs < 10_000, `took ${tookMs} ms`);
  });
});

describe('1,000 volumes born in one second, with certificates of 24 hours', () => {
  it('are renewed evenly over the whole period of 16 hours from the second renewal on', async () => {
    const histories = [...(await live(5)).values()];
    const periodMs = 16 * HOUR_MS;
    for (const renewal of [1, 2, 3]) {
      const bins = Array.from({ length: 8 }, () => 0);
      for (const history of histories) bins[Math.floor(((history[renewal]! % periodMs) / periodMs) * 8)]! += 1;
      // 125 a bin with a standard deviation of 10.5. Two independent shifts would give a triangle with a peak of twice the mean.
      assert.ok(Math.max(...bins) < 125 * 1.3, `renewal ${renewal + 1}: ${bins.join(', ')}`);
      assert.ok(Math.min(...bins) > 125 * 0.7, `renewal ${renewal + 1}: ${bins.join(', ')}`);
    }
  });

  it('are never renewed sooner than 8 or later than 16 hours after the last time', async () => {
    const bornMs = clock.now().getTime();
    for (const history of (await live(5)).values()) {
      const [first] = history;
      assert.ok(first !== undefined && first - bornMs >= 8 * HOUR_MS && first - bornMs <= 16 * HOUR_MS + 1_000);
      const gapsMs = history.slice(1).map((instant, index) => instant - history[index]!);
      assert.ok(gapsMs.every((gapMs) => gapMs >= 8 * HOUR_MS && gapMs <= 16 * HOUR_MS));
      assert.ok(
        gapsMs.slice(1).every((gapMs) => gapMs === 16 * HOUR_MS),
        'only the first two are brought forward',
      );
    }
  });
});
