import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { Agenda } from '../../node-agent/schedule/agenda.ts';
import { succession } from '../../node-agent/schedule/renewal.ts';
import type { Current } from '../../node-agent/volume/obtain.ts';
import { RenewalPlan } from '../../node-agent/volume/renewal-plan.ts';
import { areWithinLimits, figuresOf } from '../../bench/herd/figures.ts';
import { LIFETIME_MS, LIFETIMES, podOf, runHerd } from '../../bench/herd/herd-run.ts';
import { Histogram } from '../../bench/herd/histogram.ts';
import { answerMs, livePod, signed } from '../../bench/herd/pod-life.ts';
import type { Pod } from '../../bench/herd/pod-life.ts';
import { plotOf } from '../../bench/herd/plot.ts';
import { SCENARIOS } from '../../bench/herd/scenarios.ts';
import { tableOf } from '../../bench/herd/table.ts';
import { ManualClock } from '../support/manual-clock.ts';

const NOTHING_WRONG = { name: '', outages: [] };

/** A herd that is renewed `renewals` times in five lifetimes, each time all pods at once. */
function together(renewals: number): ReturnType<typeof runHerd> {
  const endMs = LIFETIMES * LIFETIME_MS;
  const [coarse, fine] = [new Histogram(LIFETIME_MS / 100, endMs), new Histogram(MINUTE_MS, endMs)];
  for (let count = 0; count < renewals * 5_000; count += 1) {
    const atMs = (Math.floor(count / 5_000) + 0.5) * (endMs / renewals);
    coarse.add(atMs);
    fine.add(atMs);
  }
  return { pods: 5_000, renewals: renewals * 5_000, expired: 0, leastRemainingMs: 1, coarse, fine };
}

describe('a herd of 5,000 pods born within ten minutes', () => {
  for (const scenario of SCENARIOS) {
    it(`is renewed evenly, seldom enough and in time: ${scenario.name}`, () => {
      const figures = figuresOf(runHerd(5_000, scenario.outages), scenario);
      assert.ok(areWithinLimits(figures), tableOf([{ name: scenario.name, figures }]));
    });
  }
});

describe('the judgement of a herd', () => {
  it('finds fault with pods that are renewed together, too often or too late', () => {
    const even = runHerd(5_000, []);
    const faulty = [together(7), { ...even, renewals: 5_000 * 8 }, { ...even, expired: 1 }];
    const verdicts = [even, ...faulty].map((record) => areWithinLimits(figuresOf(record, NOTHING_WRONG)));
    assert.deepEqual(verdicts, [true, false, false, false]);
  });

  it('finds fault with a recovery that comes all at once', () => {
    const untilMs = 4.5 * LIFETIME_MS;
    const outage = { of: 'issuer', fromMs: untilMs - HOUR_MS, untilMs } as const;
    const { recovery } = figuresOf(together(LIFETIMES), { name: '', outages: [outage] });
    assert.ok(recovery !== undefined && recovery.value > recovery.limit);
  });
});

describe('the life of a pod in the simulation', () => {
  const pods = Array.from({ length: 20 }, (_, index) => index);
  const endMs = 3 * DAY_MS;
  const outage = { of: 'issuer', fromMs: DAY_MS / 2, untilMs: DAY_MS } as const;
  const isDown = (atMs: number) => outage.fromMs <= atMs && atMs < outage.untilMs;

  /** The same life with the driver's agenda and timers. */
  async function liveOnAgenda(agenda: Agenda, clock: ManualClock, { volumeId, bornMs, random }: Pod, seen: number[]): Promise<void> {
    const { signal } = new AbortController();
    const now = () => clock.now().getTime();
    const replaced = (current: Current) => ({ volumeId, ...current, ...current.facts });
    const attempt = async () => {
      const fails = isDown(now());
      await clock.sleep(answerMs(random), signal);
      if (fails) return plan.backOff(new Error('down'));
      seen.push(now());
      current = signed(now(), LIFETIME_MS, succession(replaced(current), clock.now()));
      return plan.follow(current, undefined);
    };
    const plan = new RenewalPlan({ clock, random, agenda }, volumeId, () => void attempt());
    await clock.sleep(bornMs, signal);
    let current = signed(now(), LIFETIME_MS, succession(undefined, clock.now()));
    plan.follow(current, undefined);
  }

  it('has the very instants that it has on a running agenda, through an outage too', async (context) => {
    const clock = new ManualClock(new Date(0));
    const stop = new AbortController();
    context.after(() => stop.abort());
    const agenda = new Agenda({ clock, failed: (_key, error) => assert.fail(error as Error) });
    agenda.start(stop.signal);
    const running = pods.map(() => [] as number[]);
    const births = pods.map((index) => liveOnAgenda(agenda, clock, podOf(index), running[index] ?? []));
    await clock.advance(endMs + DAY_MS / 3);
    await Promise.all(births);
    for (const index of pods) {
      const simulated: number[] = [];
      livePod(podOf(index), endMs, { lifetimeMs: LIFETIME_MS, outages: [outage] }, (atMs) => simulated.push(atMs));
      assert.ok(simulated.length >= 4);
      assert.deepEqual(simulated, running[index]?.slice(0, simulated.length));
    }
  });
});

describe('the plot of a herd', () => {
  it('has a step for each bin, within its frame', () => {
    const bins = new Histogram(LIFETIME_MS / 100, LIFETIME_MS);
    for (let index = 0; index < 50; index += 1) bins.add(index * index * 30_000);
    const svg = plotOf([{ name: 'herd', colour: '#000', bins }], LIFETIME_MS);
    assert.match(svg, /^<svg .*<\/svg>\n$/s);
    const [, path = ''] = /<path d="(M[^"]*)" fill="none" stroke="#000"/.exec(svg) ?? [];
    assert.equal(path.match(/V/g)?.length, 100);
    assert.ok((path.match(/[\d.]+/g) ?? []).every((number) => Number(number) >= 0 && Number(number) <= 1_000));
  });
});
