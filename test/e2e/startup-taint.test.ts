import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { getJson, kubectl } from './cluster-access.ts';
import { driverOnNode, driverToken, outcomeOf, ownDriverAccount, STOLEN, stolenToken } from './driver-account.ts';
import { driverLog } from './driver-log.ts';
import { DRIVER_NAMESPACE, installDriver, waitForDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, deletePods, eventsOf, waitUntilReady } from './pods.ts';
import { isAllowed } from './rights.ts';
import { waitFor } from './wait.ts';

const IMAGE = process.env['PODCERT_E2E_IMAGE'];
const NAME = 'podcert-startup-taint';
const ACCOUNT = `system:serviceaccount:${DRIVER_NAMESPACE}:podcert`;
const OURS = { key: 'podcert.io/agent-not-ready', effect: 'NoSchedule' };
/** Pods come all the same. */
const OTHER = { key: 'example.com/other', effect: 'PreferNoSchedule', value: 'stays' };
const UNBOUND = /ValidatingAdmissionPolicy 'podcert-startup-taint'.* denied request: a token of node '' may not change node/;

interface Node {
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
}

async function taintsOf(node: string): Promise<readonly { readonly key: string }[]> {
  const { spec } = await getJson<Node>(['node', node]);
  return spec.taints ?? [];
}

async function restartDriver(): Promise<void> {
  await kubectl(['delete', 'pod', '--selector=app.kubernetes.io/name=podcert', `--namespace=${DRIVER_NAMESPACE}`, '--timeout=60s']);
  await waitForDriver();
}

/** Operations of JSON patches (RFC 6902) that the policy has to judge. */
const add = (path: string, value: unknown) => ({ op: 'add', path, value });
const remove = (path: string) => ({ op: 'remove', path });

describe('with the component that removes the start-up taint', () => {
  const namespace = ownNamespace('startup-taint');
  const account = ownDriverAccount();
  let node = '';
  let token = '';
  before(async () => {
    await installDriver(IMAGE, 'startup-taint');
    node = (await driverOnNode()).node;
    await waitFor('the policy', namespace, 30_000, async () =>
      UNBOUND.test(await outcomeOf(() => patch(undefined, node, [add('/metadata/labels/a', 'b')]))) ? true : undefined,
    );
  });
  after(async () => {
    await kubectl(['taint', 'node', node, `${OURS.key}-`]).catch(() => {});
    await kubectl(['taint', 'node', node, `${OTHER.key}-`]).catch(() => {});
    await installDriver(IMAGE);
    for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy', 'clusterrolebinding', 'clusterrole'])
      await kubectl(['delete', kind, NAME, '--ignore-not-found']);
  });

  /** Judged as any patch, and not done. */
  const patch = (by: string | undefined, name: string, operations: readonly object[]) =>
    account.kubectl(by, ['patch', 'node', name, '--type=json', '--dry-run=server', `--patch=${JSON.stringify(operations)}`]);

  it('without the right, the node’s description says why the taint stays, and it goes once the right is there', async () => {
    await kubectl(['delete', 'clusterrolebinding', NAME]);
    const isOver = async () => ((await isAllowed(ACCOUNT, { resource: 'nodes', verb: 'get', name: node })) ? undefined : true);
    await waitFor('the driver to have no right', namespace, 30_000, isOver);
    await kubectl(['taint', 'node', node, `${OURS.key}=:${OURS.effect}`, '--overwrite']);
    await restartDriver();
    const said = /StartupTaintKept.*keeps pods away: Cannot GET \/api\/v1\/nodes\/.*403 Forbidden/;
    const isSaid = async () => (said.test(await kubectl(['describe', 'node', node])) ? true : undefined);
    await waitFor('an event on the node', namespace, 30_000, isSaid);
    await kubectl(['apply', `--filename=${join(import.meta.dirname, '../../manifests/startup-taint/policy.yaml')}`]);
    const isGone = async () => ((await taintsOf(node)).some(({ key }) => key === OURS.key) ? undefined : true);
    await waitFor('the taint to go', namespace, 90_000, isGone);
  });

  it('has expressions that the API server finds nothing wrong with', async () => {
    const typeChecking = await waitFor('the API server to check types', namespace, 30_000, async () => {
      const { status } = await getJson<{ status: { typeChecking?: object } }>(['validatingadmissionpolicy', NAME]);
      return status.typeChecking;
    });
    assert.deepEqual(typeChecking, {});
  });

  it('no pod comes to a node before its driver is registered, and other taints stay', async () => {
    for (const { key, value = '', effect } of [{ ...OURS, value: '' }, OTHER])
      await kubectl(['taint', 'node', node, `${key}=${value}:${effect}`, '--overwrite']);
    await createPods({ namespace, name: 'web' });
    await waitFor('the scheduler to refuse', namespace, 30_000, async () =>
      (await eventsOf(namespace, 'web')).some((message) => message.includes('had untolerated taint')) ? true : undefined,
    );
    await restartDriver();
    await waitUntilReady(namespace, 'web');
    assert.deepEqual(await taintsOf(node), [OTHER]);
    assert.ok((await driverLog()).some(({ message }) => message === 'Start-up taint removed from the node: pods may come'));
    await deletePods(namespace, 'web');
  });

  describe('a token of the driver on that node', () => {
    before(async () => {
      token = await driverToken((await driverOnNode()).pod);
      const taints = [OTHER, OURS];
      await kubectl(['patch', 'node', node, '--type=merge', `--patch=${JSON.stringify({ spec: { taints } })}`]);
    });

    it('may remove the taint', async () => {
      assert.equal(await outcomeOf(() => patch(token, node, [remove('/spec/taints/1')])), 'done');
    });

    for (const { name, operations, message } of [
      {
        name: 'a label',
        operations: [add('/metadata/labels/example.com~1a', 'b')],
        message: /may change nothing of its node but the taint/,
      },
      { name: 'annotations', operations: [add('/metadata/annotations', {})], message: /may change nothing of its node but the taint/ },
      { name: 'a finalizer', operations: [add('/metadata/finalizers', ['example.com/x'])], message: /may change nothing of its node/ },
      { name: 'whether it is cordoned', operations: [add('/spec/unschedulable', true)], message: /may change nothing of its node/ },
      { name: 'another taint', operations: [remove('/spec/taints/0')], message: /and add or change or remove no other/ },
      { name: 'all taints', operations: [remove('/spec/taints')], message: /and add or change or remove no other/ },
      { name: 'the effect of the taint', operations: [add('/spec/taints/1/effect', 'NoExecute')], message: /no other/ },
      { name: 'the taints by one more', operations: [add('/spec/taints/-', { key: 'a', effect: 'NoExecute' })], message: /no other/ },
      {
        name: 'a label besides the taint',
        operations: [remove('/spec/taints/1'), add('/metadata/labels/example.com~1a', 'b')],
        message: /may change nothing of its node but the taint/,
      },
    ]) {
      it(`may not change of it ${name}`, async () => {
        const said = await outcomeOf(() => patch(token, node, operations));
        assert.match(said, /ValidatingAdmissionPolicy 'podcert-startup-taint'.* denied request/);
        assert.match(said, message);
      });
    }

    it('may change neither its status, nor make or delete a node', async () => {
      const statusPatch = [
        'patch',
        'node',
        node,
        '--subresource=status',
        '--type=merge',
        '--dry-run=server',
        '--patch={"status":{"phase":"x"}}',
      ];
      const made = JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'podcert-made' } });
      for (const call of [
        () => account.kubectl(token, statusPatch),
        () => account.kubectl(token, ['delete', 'node', node, '--dry-run=server']),
        () => account.kubectl(token, ['create', '--dry-run=server', '--filename=-'], made),
        () => account.kubectl(token, ['apply', '--server-side', '--dry-run=server', '--filename=-'], made),
      ])
        assert.match(await outcomeOf(call), /nodes.* is forbidden: User "system:serviceaccount:podcert-system:podcert" cannot/);
    });
  });

  it('a token of another node may not remove the taint from this one, and one that is bound to no node may nothing', async () => {
    const stolen = await stolenToken();
    const refused = new RegExp(`denied request: a token of node '${STOLEN.node}' may not change node '${node}'`);
    assert.match(await outcomeOf(() => patch(stolen, node, [remove('/spec/taints/1')])), refused);
    assert.match(await outcomeOf(() => patch(undefined, node, [remove('/spec/taints/1')])), UNBOUND);
  });
});
