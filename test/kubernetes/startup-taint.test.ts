import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createKubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { connect } from '../../node-agent/kubernetes/connect.ts';
import { StartupTaint } from '../../node-agent/kubernetes/startup-taint.ts';
import { STARTUP_TAINT } from '../../node-agent/startup-taint.ts';
import { openApiClient } from '../support/api-client.ts';
import { startApiServer } from '../support/api-server.ts';
import { FaultProxy, type Fault, type SeenCall } from '../support/fault-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordedJournal } from '../support/recorded-journal.ts';

const NODE = '/api/v1/nodes/node-1';
const OURS = { key: STARTUP_TAINT, effect: 'NoSchedule' };
const OTHERS = [
  { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
  { key: 'example.com/gpu', value: 'yes', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' },
];
const FORBIDDEN = answer(403, 'Forbidden', 'nodes "node-1" is forbidden');

/** Tells how long the driver waits before it tries again; what else sleeps is the deadline of a call. */
class BackOffClock extends ManualClock {
  readonly backOffs: number[] = [];
  readonly #waiting = new Map<number, () => void>();

  override sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    const slept = super.sleep(delayMs, signal);
    if (delayMs !== 30_000) this.#waiting.get(this.backOffs.push(delayMs))?.();
    return slept;
  }

  /** Resolves when the driver waits for the `count`-th time, which must not have begun yet. */
  backedOff(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(count, resolve));
  }
}

/** A node with these taints, and the driver's half in front of a proxy; all of it ends with the test. */
async function openNode(context: TestContext, taints: readonly object[]) {
  const server = await startApiServer();
  const proxy = await FaultProxy.start(server.kubeconfig);
  const client = openApiClient(server.kubeconfig);
  const [clock, journal, stopping] = [new BackOffClock(), new RecordedJournal(), new AbortController()];
  const api = createKubernetesApi(await connect({ kubeconfig: proxy.kubeconfig }, clock), clock);
  context.after(async () => {
    stopping.abort(new Error('stopped'));
    api.close();
    client.close();
    await proxy.close();
    await server.close();
  });
  await client.call('POST', '/api/v1/nodes', { body: { metadata: { name: 'node-1' }, spec: { podCIDR: '10.0.0.0/24', taints } } });
  const taint = new StartupTaint({ api, clock, journal, nodeName: 'node-1', random: () => 0.5 });
  const setTaints = async (taints: readonly object[]) => {
    const node = await client.call('GET', NODE);
    await client.call('PUT', NODE, { body: { ...node, spec: { ...(node['spec'] as object), taints } } });
  };
  const spec = async () => (await client.call('GET', NODE))['spec'];
  return { proxy, clock, journal, stopping, setTaints, spec, remove: () => taint.remove(stopping.signal) };
}

function answer(status: number, reason: string, message: string): Fault {
  return { kind: 'answer', status, body: { kind: 'Status', status: 'Failure', reason, message, code: status } };
}

/** Something goes wrong with the first `count` calls of a kind. */
function faultOfFirst(verb: SeenCall['verb'], count: number, fault: Fault): FaultProxy['faultOf'] {
  let seen = 0;
  return (call) => (call.verb === verb && (seen += 1) <= count ? fault : undefined);
}

describe('the start-up taint', () => {
  for (const { name, taints } of [
    { name: 'alone', taints: [OURS] },
    { name: 'among others', taints: [OTHERS[0]!, OURS, OTHERS[1]!] },
    { name: 'with two effects', taints: [OURS, ...OTHERS, { ...OURS, effect: 'NoExecute', value: 'x' }] },
  ]) {
    it(`is removed and nothing else is: ${name}`, async (t) => {
      const { remove, journal, spec, proxy } = await openNode(t, taints);
      await remove();
      assert.deepEqual(journal.events, [{ kind: 'startup-taint-removed', nodeName: 'node-1' }]);
      assert.deepEqual(await spec(), { podCIDR: '10.0.0.0/24', taints: taints.filter((taint) => taint.key !== STARTUP_TAINT) });
      assert.deepEqual(
        proxy.calls.map(({ verb, path }) => `${verb} ${path}`),
        [`get ${NODE}`, `patch ${NODE}`],
      );
    });
  }

  it('costs one call where it is not there', async (t) => {
    const { remove, journal, proxy } = await openNode(t, OTHERS);
    await remove();
    assert.deepEqual([proxy.calls.map(({ verb }) => verb), journal.events], [['get'], []]);
  });

  it('is removed where it is now when other taints came and went meanwhile, and that is no failure', async (t) => {
    const { remove, clock, journal, spec, proxy, setTaints } = await openNode(t, [...OTHERS, OURS]);
    const [arrived, overtaken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const hold = faultOfFirst('patch', 1, { kind: 'slow', until: overtaken.promise });
    proxy.faultOf = (call) => {
      const fault = hold(call);
      if (fault !== undefined) arrived.resolve();
      return fault;
    };
    const [removed, backedOff] = [remove(), clock.backedOff(1)];
    await arrived.promise;
    await setTaints([OURS, ...OTHERS]);
    overtaken.resolve();
    await backedOff;
    assert.deepEqual(await spec(), { podCIDR: '10.0.0.0/24', taints: [OURS, ...OTHERS] });
    await clock.advance(1_000);
    await removed;
    assert.deepEqual(await spec(), { podCIDR: '10.0.0.0/24', taints: OTHERS });
    assert.deepEqual(journal.all('startup-taint-kept'), []);
  });

  it('is tried again when the API server gave up on a conflict, and told when that happens again', async (t) => {
    const { remove, clock, journal, proxy } = await openNode(t, [OURS]);
    proxy.faultOf = faultOfFirst('patch', 2, answer(409, 'Conflict', 'the object has been modified'));
    const [removed, first, second] = [remove(), clock.backedOff(1), clock.backedOff(2)];
    await first;
    assert.deepEqual(journal.events, []);
    await clock.advance(1_000);
    await second;
    const [kept] = journal.all('startup-taint-kept');
    assert.match(kept?.failure.message ?? '', /409 Conflict/);
    await clock.advance(2_000);
    await removed;
    assert.equal(journal.all('startup-taint-removed').length, 1);
  });

  it('is tried again by a back-off up to five minutes where it is forbidden, and told each time', async (t) => {
    const { remove, clock, journal, proxy } = await openNode(t, [OURS]);
    const seconds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300];
    proxy.faultOf = faultOfFirst('patch', seconds.length, FORBIDDEN);
    const backOffs = seconds.map((_, index) => clock.backedOff(index + 1));
    const removed = remove();
    for (const [index, backOff] of backOffs.entries()) {
      await backOff;
      const { failure, retryAt, nodeName } = await journal.nth('startup-taint-kept', index + 1);
      assert.deepEqual([nodeName, failure.code], ['node-1', 'issuer-unavailable']);
      assert.match(failure.message, /403 Forbidden: nodes "node-1" is forbidden/);
      await clock.advance(retryAt.getTime() - clock.now().getTime());
    }
    await removed;
    assert.deepEqual(
      clock.backOffs,
      seconds.map((second) => second * 1_000),
    );
    assert.equal(journal.all('startup-taint-removed').length, 1);
  });

  it('is not removed twice at a time, and again when kubelet registers the driver anew', async (t) => {
    const { remove, clock, journal, proxy, setTaints } = await openNode(t, [OURS]);
    proxy.faultOf = faultOfFirst('patch', 1, FORBIDDEN);
    const [removed, backedOff] = [remove(), clock.backedOff(1)];
    await backedOff;
    await remove();
    await clock.advance(1_000);
    await removed;
    assert.equal(proxy.calls.length, 4);
    await setTaints([OURS]);
    await remove();
    assert.equal(journal.all('startup-taint-removed').length, 2);
  });

  it('is no failure where the driver’s end cuts a call short', async (t) => {
    const { remove, clock, journal, proxy, stopping } = await openNode(t, [OURS]);
    const arrived = Promise.withResolvers<void>();
    proxy.faultOf = ({ verb }) => {
      if (verb === 'patch') arrived.resolve();
      return verb === 'patch' ? { kind: 'silent' } : undefined;
    };
    const removed = remove();
    await arrived.promise;
    stopping.abort(new Error('the driver ends'));
    await removed;
    assert.deepEqual([journal.events, clock.backOffs], [[], []]);
  });

  it('is left alone once the driver ends', async (t) => {
    const { remove, clock, journal, proxy, stopping } = await openNode(t, [OURS]);
    proxy.faultOf = faultOfFirst('patch', 9, FORBIDDEN);
    const [removed, backedOff] = [remove(), clock.backedOff(1)];
    await backedOff;
    stopping.abort(new Error('the driver ends'));
    await removed;
    assert.deepEqual([proxy.calls.length, clock.sleeping, journal.events.length], [2, 0, 1]);
  });
});
