import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ApiObject } from '../../node-agent/kubernetes/api-object.ts';
import { createKubernetesApi, type KubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { openKubeconfig } from '../../node-agent/kubernetes/kubeconfig.ts';
import { ObjectWatch } from '../../node-agent/kubernetes/object-watch.ts';
import { openApiClient, type ApiClient } from '../support/api-client.ts';
import { openApiUnderTest, type ApiUnderTest } from '../support/api-under-test.ts';
import { FaultProxy, type Fault, type SeenCall } from '../support/fault-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordedJournal } from '../support/recorded-journal.ts';

const RESOURCE = { group: 'cert-manager.io', version: 'v1', plural: 'certificaterequests' };
const COLLECTION = '/apis/cert-manager.io/v1/namespaces/default/certificaterequests';
const never = new AbortController().signal;

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function nameOf({ metadata }: ApiObject): string {
  return metadata.name;
}

function expired(code: number): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', message: 'too old resource version', code };
}

/** The `which`-th call of a verb goes wrong; 1 is the first from now on. */
function nth(which: number, verb: SeenCall['verb'], fault: Fault): (call: SeenCall) => Fault | undefined {
  let seen = 0;
  return (call) => (call.verb === verb && ++seen === which ? fault : undefined);
}

describe('a watch of objects', () => {
  let server: ApiUnderTest;
  let proxy: FaultProxy;
  let client: ApiClient;
  let api: KubernetesApi;
  let clock: ManualClock;
  let journal: RecordedJournal;
  let watch: ObjectWatch<string>;
  let life: AbortController;
  let run: string;

  beforeEach(async () => {
    server = await openApiUnderTest();
    proxy = await FaultProxy.start(server.kubeconfig);
    client = openApiClient(server.kubeconfig);
    clock = new ManualClock();
    journal = new RecordedJournal();
    api = createKubernetesApi(openKubeconfig(proxy.kubeconfig), clock);
    run = randomUUID();
    life = new AbortController();
    watch = new ObjectWatch({
      api,
      clock,
      journal,
      resource: RESOURCE,
      selector: { labelSelector: `run=${run}` },
      random: () => 0.5,
      trim: nameOf,
    });
  });

  afterEach(async () => {
    life.abort();
    api.close();
    client.close();
    await proxy.close();
    await server.close();
  });

  async function create(name: string = randomUUID()) {
    const metadata = { name, namespace: 'default', labels: { run } };
    const spec = { request: 'YQ==', issuerRef: { name: 'any' } };
    await client.call('POST', COLLECTION, { body: { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', metadata, spec } });
    return { namespace: 'default', name };
  }

  async function appears(key: { readonly namespace: string; readonly name: string }) {
    while (watch.objects.get(key) === undefined) await watch.objects.changed(key, never);
  }

  const counts = () => [proxy.count('list'), proxy.count('watch')];

  it('knows what was there before, what comes and what goes, by one list and one watch', async () => {
    const before = await create();
    watch.start(life.signal);
    await watch.synced(() => {}, never);
    assert.equal(watch.objects.get(before), before.name);
    const coming = await create();
    await appears(coming);
    const gone = watch.objects.changed(coming, never);
    await client.call('DELETE', `${COLLECTION}/${coming.name}`);
    await gone;
    assert.deepEqual([...watch.objects.values()], [before.name]);
    assert.deepEqual(counts(), [1, 1]);
  });

  it('resumes where it was cut, without a list, after a back-off', async () => {
    watch.start(life.signal);
    await journal.nth('watch-opened', 1);
    proxy.cutWatches();
    const { retryAt, failure } = await journal.nth('watch-lost', 1);
    assert.equal(retryAt.getTime() - clock.now().getTime(), 1_000);
    assert.match(failure.message, /The watch was cut/);
    const meanwhile = await create();
    await clock.advance(1_000);
    await appears(meanwhile);
    assert.equal((await journal.nth('watch-opened', 2)).kind, 'watch-opened');
    assert.equal(watch.failure, undefined);
    assert.deepEqual(counts(), [1, 2]);
  });

  it('lists again once it cannot resume, and doubles the back-off up to 30 s', async () => {
    watch.start(life.signal);
    await journal.nth('watch-opened', 1);
    proxy.faultOf = ({ verb }) => (verb === 'watch' ? { kind: 'cut' } : undefined);
    proxy.cutWatches();
    const delays: number[] = [];
    for (let count = 1; count <= 8; count += 1) {
      const { retryAt } = await journal.nth('watch-lost', count);
      delays.push((retryAt.getTime() - clock.now().getTime()) / 1_000);
      await clock.advance(delays.at(-1)! * 1_000);
    }
    assert.deepEqual(delays, [1, 2, 4, 8, 16, 30, 30, 30]);
    await journal.nth('watch-lost', 9);
    assert.deepEqual(counts(), [8, 9]);
  });

  const gone: readonly { readonly name: string; readonly fault: Fault }[] = [
    { name: 'an answer of status 410', fault: { kind: 'answer', status: 410, body: expired(410) } },
    { name: 'an ERROR event of code 410', fault: { kind: 'answer', status: 200, body: line('ERROR', expired(410)) } },
  ];
  for (const { name, fault } of gone) {
    it(`lists at once after ${name}, and notices what was deleted meanwhile`, async () => {
      const [kept, deleted] = [await create(), await create()];
      watch.start(life.signal);
      await journal.nth('watch-opened', 1);
      proxy.faultOf = nth(1, 'watch', fault);
      proxy.cutWatches();
      await journal.nth('watch-lost', 1);
      await client.call('DELETE', `${COLLECTION}/${deleted.name}`);
      await clock.advance(1_000);
      const { retryAt } = await journal.nth('watch-lost', 2);
      assert.ok(retryAt.getTime() - clock.now().getTime() <= 2_000);
      await clock.advance(2_000);
      while (watch.objects.get(deleted) !== undefined) await watch.objects.changed(deleted, never);
      assert.deepEqual([...watch.objects.values()], [kept.name]);
      assert.equal(proxy.count('list'), 2);
    });
  }

  it('does not wait when the first thing a healthy watch hears is that its version is gone', async () => {
    proxy.faultOf = nth(1, 'watch', { kind: 'answer', status: 200, body: line('ERROR', expired(410)) });
    watch.start(life.signal);
    const { retryAt } = await journal.nth('watch-lost', 1);
    assert.equal(retryAt.getTime(), clock.now().getTime());
    await clock.advance(0);
    await journal.nth('watch-opened', 2);
    assert.deepEqual(counts(), [2, 2]);
  });

  it('takes a watch that says nothing for 90 s for lost, and lists', async () => {
    proxy.faultOf = nth(1, 'watch', { kind: 'silent' });
    watch.start(life.signal);
    await journal.nth('watch-opened', 1);
    const unheard = await create();
    await clock.advance(89_000);
    assert.deepEqual(journal.all('watch-lost'), []);
    await clock.advance(1_000);
    assert.match((await journal.nth('watch-lost', 1)).failure.message, /said nothing for 90 s/);
    await clock.advance(1_000);
    await appears(unheard);
    await journal.nth('watch-opened', 2);
    assert.deepEqual(counts(), [2, 2]);
  });

  it('takes a watch for lost after the machine was suspended', async () => {
    watch.start(life.signal);
    await journal.nth('watch-opened', 1);
    await clock.jump(3_600_000);
    await journal.nth('watch-lost', 1);
  });

  it('goes on from a bookmark', async () => {
    const body = line('BOOKMARK', { metadata: { resourceVersion: '4242' } });
    proxy.faultOf = nth(1, 'watch', { kind: 'answer', status: 200, body });
    watch.start(life.signal);
    await journal.nth('watch-opened', 1);
    while (proxy.count('watch') < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(proxy.calls.filter(({ verb }) => verb === 'watch').map(({ query }) => query.get('resourceVersion'))[1], '4242');
    assert.deepEqual(journal.all('watch-lost'), [], 'a watch that ends in good order is opened again without a word');
  });

  const nonsense = [
    { name: 'a line that is no JSON', body: '{"type":"ADDED"\n', said: /a line that is not JSON/ },
    { name: 'an object without a name', body: line('ADDED', { metadata: {} }), said: /without a name or version/ },
    { name: 'an event of a type nobody knows', body: line('MOVED', {}), said: /unknown type "MOVED"/ },
    { name: 'an end without a word', body: '', said: /ended at once/ },
  ];
  for (const { name, body, said } of nonsense) {
    it(`treats ${name} as a failure of the watch`, async () => {
      proxy.faultOf = nth(1, 'watch', { kind: 'answer', status: 200, body });
      watch.start(life.signal);
      assert.match((await journal.nth('watch-lost', 1)).failure.message, said);
    });
  }

  it('tells who waits for the first list why it does not come', async () => {
    proxy.faultOf = nth(1, 'list', { kind: 'answer', status: 403, body: { reason: 'Forbidden', message: 'may not list' } });
    watch.start(life.signal);
    const told = Promise.withResolvers<string>();
    const synced = watch.synced(({ message }) => told.resolve(message), never);
    assert.match(await told.promise, /may not list/);
    await clock.advance(1_000);
    await synced;
  });

  it('leaves nothing behind once its signal is aborted', async () => {
    watch.start(life.signal);
    await journal.nth('watch-opened', 1);
    life.abort();
    while (clock.sleeping > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(journal.all('watch-lost'), []);
  });
});
