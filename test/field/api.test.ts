import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import type { StoredObject } from '../support/api-store.ts';
import type { Fault, SeenCall } from '../support/fault-proxy.ts';
import { openField } from '../support/field-bench.ts';
import type { Field, FieldOptions } from '../support/field-bench.ts';
import { report, rounds } from '../support/field-report.ts';
import { collectGarbage } from '../support/garbage-collector.ts';
import { startPod } from '../support/kubelet-retries.ts';
import type { Verdict } from '../support/signer.ts';
import { TcpRelay } from '../support/tcp-relay.ts';

const SIGN: Verdict = { kind: 'sign' };
const never = new AbortController().signal;

function answer(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Fault {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message: 'by the test', code: status };
  return { kind: 'answer', status, headers, body };
}

/** A driver whose connections to the API lead through a relay. */
async function openRelayed(context: TestContext, options: FieldOptions): Promise<{ readonly field: Field; readonly relay: TcpRelay }> {
  const field = await openField(context, options);
  const relay = await TcpRelay.start(field.cluster.proxy.kubeconfig);
  context.after(() => relay.close());
  await field.stop();
  field.flags = { ...field.flags, kubeconfig: relay.kubeconfig };
  assert.ok(await field.start());
  return { field, relay };
}

interface Trouble {
  readonly name: string;
  readonly said: RegExp;
  /** No attempt may follow the one before sooner. */
  readonly leastDelayMs?: number;
  readonly begin: (field: Field, relay: TcpRelay) => void;
}

function answering(fault: Fault): Trouble['begin'] {
  return ({ cluster: { proxy } }) => {
    proxy.faultOf = () => fault;
    proxy.cutWatches();
  };
}

const TROUBLES: readonly Trouble[] = [
  { name: 'answers 503', said: /503 ServiceUnavailable/, begin: answering(answer(503, 'ServiceUnavailable')) },
  {
    name: 'answers 429 with Retry-After 50',
    said: /429 TooManyRequests/,
    leastDelayMs: 50_000,
    begin: answering(answer(429, 'TooManyRequests', { 'retry-after': '50' })),
  },
  { name: 'shows a certificate of an unknown CA', said: /self-signed certificate/, begin: (_, relay) => (relay.mode = 'foreign') },
  { name: 'takes connections and says nothing', said: /no answer within 30 s/, begin: (_, relay) => (relay.mode = 'mute') },
];

describe('the API in the field', { timeout: 3_600_000 }, () => {
  for (const { name, said, leastDelayMs = 0, begin } of TROUBLES) {
    it(`is used again without a restart where for a while it ${name}, with a back-off in log and metrics`, async (context) => {
      const minutes = rounds({ usual: 3, full: 30 });
      const { field, relay } = await openRelayed(context, { flags: { 'log-level': '1' } });
      const { journal, log } = field.driver;
      await field.kubelet.publish(field.volume('before'));
      begin(field, relay);
      const volume = field.volume('meanwhile');
      const started = startPod(field, volume);
      await field.time.at(60, field.time.sleep(minutes * MINUTE_MS, never));
      assert.match(await field.metrics(), /podcert_watch_open\{resource="certificaterequests"\} 0\n/);
      field.cluster.proxy.faultOf = () => undefined;
      relay.mode = 'pass';
      const told = await field.time.at(20, started);
      field.read(volume);
      const opened = journal.all('watch-opened').length;
      if (!/podcert_watch_open\{.*\} 1\n/.test(await field.metrics())) await field.time.at(20, journal.nth('watch-opened', opened + 1));
      const failures = [...journal.all('api-unavailable'), ...journal.all('watch-lost')].map(({ failure }) => failure.message);
      assert.match(failures.join('\n'), said);
      assert.match(told.join('\n'), said, 'kubelet is told why');
      assert.ok(
        log.all.some((line) => /retryAt/.test(line)),
        'the back-off is in the log',
      );
      assert.match(await field.metrics(), /podcert_failures_total\{event="(api-unavailable|watch-lost)",code="issuer-unavailable"\} \d+\n/);
      // 1 s, doubled up to 30 s, less a half at most, for each of two: the watch and the one who waits.
      const most = leastDelayMs > 0 ? (2 * (minutes * MINUTE_MS)) / leastDelayMs + 4 : 2 * (minutes * 4 + 6) + 4;
      assert.ok(failures.length <= most, `${failures.length} attempts in ${minutes} minutes`);
      report(context, {
        injected: `the API ${name} for ${minutes} min while a pod starts`,
        rounds: 1,
        observed: `${failures.length} failed attempts of the watch and the pod's request; then the pod started and the watch was open, by the same process`,
      });
    });
  }

  it('may lose a request that is pending, first or renewed: the next is made 30 s later, and the pod keeps what it has (invariant 4)', async (context) => {
    const times = rounds({ usual: 2, full: 10 });
    const verdicts: Verdict[] = [];
    const requested: string[] = [];
    const decide = ({ metadata }: StoredObject) => (requested.push(metadata.name), verdicts.shift() ?? SIGN);
    const field = await openField(context, { decide });
    const { journal } = field.driver;
    const deleteLast = async () => {
      const path = `/apis/cert-manager.io/v1/namespaces/default/certificaterequests/${requested.at(-1)}`;
      await field.cluster.client.call('DELETE', path);
    };
    const losing = () => {
      const created = journal.all('request-created').length;
      verdicts.push({ kind: 'ignore' });
      return () => journal.nth('request-created', created + 1).then(deleteLast);
    };
    for (let time = 1; time <= times; time += 1) {
      const volume = field.volume(await field.cluster.nodePods.create(`pod-${time}`));
      const loseFirst = losing();
      const started = startPod(field, volume);
      await loseFirst();
      const [told] = await field.time.at(30, started);
      assert.match(told ?? '', /was deleted by somebody/);
      const before = field.read(volume);
      const loseRenewed = losing();
      const [failed] = await Promise.all([field.passDue(volume), loseRenewed()]);
      assert.ok(failed.kind === 'renewal-failed' && /was deleted by somebody/.test(failed.failure.message), JSON.stringify(failed));
      assert.deepEqual(field.read(volume), before);
      // The next request is made 30 s after the last.
      assert.equal((await field.time.at(20, field.passDue(volume))).kind, 'renewed');
      assert.equal(field.read(volume).mountId, before.mountId);
      await field.kubelet.unpublish(volume);
    }
    assert.equal(requested.length, 4 * times);
    report(context, {
      injected: 'somebody deletes the CertificateRequest that a pod waits for: its first, and one of a renewal',
      rounds: 2 * times,
      observed: `the call and the renewal failed with the reason, the next attempt succeeded; ${requested.length} requests in all`,
    });
  });

  it('may lack the CRD when the driver starts, and have it later', async (context) => {
    const field = await openField(context);
    const { proxy } = field.cluster;
    proxy.faultOf = ({ path }) =>
      path.includes('/certificaterequests') ? { kind: 'answer', status: 404, body: '404 page not found' } : undefined;
    await field.stop();
    assert.ok(await field.start(), 'it serves kubelet all the same');
    const volume = field.volume('web');
    const started = startPod(field, volume);
    await field.time.at(60, field.time.sleep(5 * MINUTE_MS, never));
    assert.equal(proxy.count('create'), 0, 'nothing is made before a first list');
    proxy.faultOf = () => undefined;
    const told = await field.time.at(20, started);
    assert.match(told[0] ?? '', /is its CustomResourceDefinition installed\?/);
    field.read(volume);
    report(context, {
      injected: "the API has no CertificateRequests at the driver's start, nor for 5 min after it",
      rounds: 1,
      observed: `kubelet was told what is missing ${told.length} times; then the pod started, by the same process`,
    });
  });

  it('may take rights away and give them back: to list and watch, to create, to delete', async (context) => {
    let verdict: Verdict = SIGN;
    const field = await openField(context, { decide: () => verdict });
    const { proxy } = field.cluster;
    const forbid = (...verbs: SeenCall['verb'][]) => {
      proxy.faultOf = ({ verb, path }) =>
        verbs.includes(verb) && path.includes('/certificaterequests') ? answer(403, 'Forbidden') : undefined;
      proxy.cutWatches();
    };
    for (const verbs of [['list', 'watch'], ['create']] as const) {
      forbid(...verbs);
      const volume = field.volume(`without-${verbs[0]}`);
      const started = startPod(field, volume);
      await field.time.at(60, field.time.sleep(3 * MINUTE_MS, never));
      proxy.faultOf = () => undefined;
      await field.time.at(20, started);
      field.read(volume);
    }
    verdict = { kind: 'ignore' };
    const volume = field.volume('without-delete');
    const created = field.driver.journal.all('request-created').length;
    const call = field.kubelet.publish(volume).catch(String);
    await field.driver.journal.nth('request-created', created + 1);
    forbid('delete');
    await field.kubelet.unpublish(volume);
    assert.match(String(await call), /is being unpublished/);
    assert.match((await field.driver.journal.nth('cleanup-failed', 1)).failure.message, /403 Forbidden/);
    assert.equal(await collectGarbage(field, (uid) => uid === volume.pod.uid), 1, 'it goes with its pod');
    report(context, {
      injected: '403 for list and watch, for create, for delete, 3 min each while a pod starts or ends',
      rounds: 3,
      observed:
        'started once the right was back, by the same process; without the right to delete the pod ended all the same, its request goes with it, and the log tells',
    });
  });
});
