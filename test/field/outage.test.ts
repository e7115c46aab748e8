import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report, rounds } from '../support/field-report.ts';
import { Gate } from '../support/gate.ts';
import { startPod } from '../support/kubelet-retries.ts';
import type { Verdict } from '../support/signer.ts';

const SIGN: Verdict = { kind: 'sign' };
const OUTAGE_MS = 10 * MINUTE_MS;
/** What no second after an outage gets to see is one of so many parts of all pods. */
const RUSH_SHARE = 4;
const never = new AbortController().signal;

/** Two ways to have no issuer: what is down, and how it is taken away and brought back. */
const OUTAGES = [
  {
    name: 'cert-manager does not answer',
    begin: (_: Field, gate: Gate) => void gate.shut(),
    end: (_: Field, gate: Gate) => gate.open(),
  },
  {
    name: 'the API refuses connections',
    begin: ({ cluster: { proxy } }: Field) => {
      proxy.faultOf = () => ({ kind: 'cut' });
      proxy.cutWatches();
    },
    end: ({ cluster: { proxy } }: Field) => void (proxy.faultOf = () => undefined),
  },
] as const;

/** The most creates that the API got within any second of the shared time. */
function busiestSecond(createdAtMs: readonly number[]): number {
  return Math.max(0, ...createdAtMs.map((from) => createdAtMs.filter((at) => at >= from && at < from + 1_000).length));
}

describe('an outage in the field', { timeout: 3_600_000 }, () => {
  for (const { name, begin, end } of OUTAGES) {
    it(`ends with all pods started, by one request each and without a rush, where ${name} for ten minutes (invariants 3 and 9)`, async (context) => {
      const pods = rounds({ usual: 40, full: 200 });
      const gate = new Gate();
      context.after(() => gate.open());
      const field = await openField(context, { decide: () => gate.pass().then(() => SIGN), flags: { 'log-level': '1' } });
      const { proxy } = field.cluster;
      begin(field, gate);
      const started = field.volumes(pods).map((volume) => startPod(field, volume));
      await field.time.at(120, field.time.sleep(OUTAGE_MS, never));
      const before = proxy.calls.length;
      const createdAtMs: number[] = [];
      end(field, gate);
      const faultOf = proxy.faultOf;
      proxy.faultOf = (call) => {
        if (call.verb === 'create') createdAtMs.push(field.time.now().getTime());
        return faultOf(call);
      };
      const told = await field.time.at(10, Promise.all(started));
      for (const volume of field.volumes(pods)) field.read(volume);
      const requests = (await field.cluster.requests()).length;
      assert.equal(requests, pods);
      assert.ok(createdAtMs.length <= pods, `${createdAtMs.length} creates after it`);
      const busiest = busiestSecond(createdAtMs);
      assert.ok(busiest <= pods / RUSH_SHARE, `${busiest} creates within a second`);
      assert.ok(proxy.mostAtOnce <= 32, `${proxy.mostAtOnce} calls at once`);
      const attempts = told.reduce((sum, { length }) => sum + length + 1, 0);
      assert.ok(attempts > pods, 'kubelet had to try again');
      report(context, {
        injected: `${name} for 10 min, while ${pods} pods start and kubelet publishes again and again with its back-off`,
        rounds: pods,
        observed:
          `${attempts} publishes, then all pods started; ${requests} requests; ${before} API calls during the outage, at most ${proxy.mostAtOnce} at once; ` +
          `at most ${busiest} creates within a second after it`,
      });
    });
  }
});
