import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { EVENTS } from '../../../driver/report/event-manifest.ts';
import { NodeEvents } from '../../../driver/report/node-events.ts';
import type { EventApi } from '../../../driver/report/pod-events.ts';
import { createKubernetesApi } from '../../../node-agent/kubernetes/api.ts';
import { connect } from '../../../node-agent/kubernetes/connect.ts';
import type { AgentEvent } from '../../../node-agent/events.ts';
import { openApiClient } from '../../support/api-client.ts';
import { startApiServer } from '../../support/api-server.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const failure = { code: 'issuer-unavailable', message: 'Cannot PATCH /api/v1/nodes/node-1: 403 Forbidden' } as const;
const KEPT: AgentEvent = { kind: 'startup-taint-kept', nodeName: 'node-1', failure, retryAt: new Date('2026-01-01T00:00:01Z') };
const REMOVED: AgentEvent = { kind: 'startup-taint-removed', nodeName: 'node-1' };

/** What tells, and an API server that takes events as kube-apiserver does; `note` resolves when a call that follows has ended. */
async function openNodeEvents(context: TestContext) {
  const server = await startApiServer();
  const proxy = await FaultProxy.start(server.kubeconfig);
  const client = openApiClient(server.kubeconfig);
  const clock = new ManualClock();
  const { signal } = new AbortController();
  const api = createKubernetesApi(await connect({ kubeconfig: proxy.kubeconfig }, clock), clock);
  context.after(async () => {
    api.close();
    client.close();
    await proxy.close();
    await server.close();
  });
  let ended: Promise<unknown> = Promise.resolve();
  const watched: EventApi = {
    apply(...args) {
      const call = api.apply(...args);
      ended = call.catch(() => {});
      return call;
    },
  };
  const events = new NodeEvents({ api: watched, clock, nodeId: 'node-1', signal });
  const note = async (event: AgentEvent) => {
    events.note(event);
    await ended;
  };
  const told = async () => (await client.call('GET', `/apis/${EVENTS.group}/${EVENTS.version}/${EVENTS.plural}`)).items;
  return { proxy, note, told };
}

describe('events on the node', () => {
  it('tell why the start-up taint stays, where kubectl describes the node', async (t) => {
    const { note, told } = await openNodeEvents(t);
    await note(KEPT);
    const [event, ...others] = await told();
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(event, {
      metadata: { namespace: 'default' },
      type: 'Warning',
      reason: 'StartupTaintKept',
      action: 'RemoveTaint',
      note: `The start-up taint cannot be removed, and keeps pods away: ${failure.message}`,
      regarding: { kind: 'Node', name: 'node-1', uid: 'node-1' },
    });
  });

  it('are one for all attempts, and another where the taint was removed and came back', async (t) => {
    const { note, told } = await openNodeEvents(t);
    for (const event of [KEPT, KEPT, KEPT]) await note(event);
    assert.equal((await told()).length, 1);
    for (const event of [REMOVED, KEPT]) await note(event);
    assert.equal((await told()).length, 2);
  });

  it('are told with a later attempt where they could not be, and of nothing else', async (t) => {
    const { proxy, note, told } = await openNodeEvents(t);
    proxy.faultOf = () => ({ kind: 'cut' });
    await note(KEPT);
    proxy.faultOf = () => undefined;
    await note({ kind: 'started', resumed: 0, swept: 0, setAside: 0 });
    assert.equal((await told()).length, 0);
    await note(KEPT);
    assert.equal((await told()).length, 1);
  });
});
