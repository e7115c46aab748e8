import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChecksAnswer } from '../../driver/admin/answers.ts';
import { cliBench } from './bench.ts';
import { driverPod, DRIVERS, LABELLED } from './fake-cluster.ts';

const CERT_MANAGER = 'labelSelector=app.kubernetes.io%2Finstance%3Dcert-manager';

/** What the API of a cluster has where all is well. */
const WELL = {
  '/apis/storage.k8s.io/v1/csidrivers/csi.cert-manager.io': {
    spec: { attachRequired: false, podInfoOnMount: true, fsGroupPolicy: 'None', volumeLifecycleModes: ['Ephemeral'] },
  },
  '/apis/storage.k8s.io/v1/csinodes': {
    items: ['one', 'two'].map((name) => ({ metadata: { name }, spec: { drivers: [{ name: 'csi.cert-manager.io' }] } })),
  },
  '/apis/apps/v1/namespaces/podcert-system/daemonsets?labelSelector=app.kubernetes.io%2Fname%3Dpodcert': {
    items: [{ metadata: { name: 'podcert' }, status: { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberReady: 2 } }],
  },
  '/api/v1/nodes': { items: ['one', 'two'].map((name) => ({ metadata: { name }, spec: {} })) },
  '/api/v1/namespaces/podcert-system': { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/certificaterequests.cert-manager.io': {
    spec: { versions: [{ name: 'v1', served: true }] },
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  },
  [`/apis/apps/v1/deployments?${CERT_MANAGER}`]: {
    items: [{ metadata: { name: 'cert-manager', namespace: 'cert-manager' }, spec: { replicas: 1 }, status: { availableReplicas: 1 } }],
  },
  [`/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations?${CERT_MANAGER}`]: { items: [{ metadata: { name: 'webhook' } }] },
  '/apis/cert-manager.io/v1/certificaterequests': { items: [] },
  '/version': { gitVersion: 'v1.34.1' },
};

describe('kubectl podcert doctor', () => {
  const bench = cliBench();
  const examine = async (change: Readonly<Record<string, unknown>> = {}) => {
    const objects = { ...bench.cluster.world.objects, ...WELL, ...change };
    bench.cluster.world = { ...bench.cluster.world, objects };
    const { stdout, stderr, status } = await bench.cluster.run(['doctor', '-o', 'json']);
    assert.equal(stderr, '');
    const { findings } = JSON.parse(stdout) as { findings: readonly (ChecksAnswer['checks'][number] & { readonly node?: string })[] };
    return { status, notWell: findings.filter(({ outcome }) => outcome !== 'ok'), names: findings.map(({ name }) => name) };
  };

  it('ends with 0 where all is well, and says what it has looked at', async () => {
    const { status, notWell } = await examine();
    assert.deepEqual({ status, notWell }, { status: 0, notWell: [] });
    const { stdout } = await bench.cluster.run(['doctor']);
    assert.match(stdout, /^✔ csi-node: kubelet has registered "csi\.cert-manager\.io" on each node with a driver \(2\)$/m);
    assert.match(stdout, /^✔ mount-propagation \[one\]: Mounts reach the host \(and alike on 1 more\)$/m);
    assert.match(stdout, /\n\d+ well, 0 to look at, 0 wrong, 0 could not be looked at\n$/);
  });

  it('ends with 3 where a right is missing, and names it', async () => {
    bench.cluster.world = { ...bench.cluster.world, reviews: ['create certificaterequests', 'patch events'] };
    const { status, notWell } = await examine();
    assert.equal(status, 3);
    assert.deepEqual(
      notWell.map(({ name, outcome }) => [name, outcome]),
      [['rights', 'failed']],
    );
    assert.match(notWell[0]?.finding ?? '', /may not create certificaterequests\.cert-manager\.io, patch events\.events\.k8s\.io$/);
  });

  it('only warns where events are all that the driver may not write', async () => {
    bench.cluster.world = { ...bench.cluster.world, reviews: ['create events', 'patch events'] };
    const { status, notWell } = await examine();
    assert.deepEqual([status, notWell.map(({ name, outcome }) => [name, outcome])], [0, [['rights', 'warning']]]);
  });

  it('ends with 4 where it may not look at something, and says which rule is missing', async () => {
    bench.cluster.world = { ...bench.cluster.world, reviews: 'forbidden' };
    const said =
      'Error from server (Forbidden): nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the cluster scope';
    const { status, notWell } = await examine({ '/api/v1/nodes': said });
    assert.equal(status, 4);
    assert.deepEqual(
      new Set(notWell.map(({ name, outcome }) => `${name} ${outcome}`)),
      new Set(['driver-on-node unknown', 'startup-taint unknown', 'rights unknown']),
    );
    const cures = notWell.map(({ cure }) => cure);
    assert.match(cures[0] ?? '', /apiGroups: \[""\], resources: \[nodes\], verbs: \[list\]\} is missing, in a ClusterRole/);
    assert.match(cures.at(-1) ?? '', /subjectaccessreviews\], verbs: \[create\]/);
  });

  it('counts what a node could not judge of itself as told, not as a part that is missing', async () => {
    bench.one.checks = [{ name: 'watch', outcome: 'unknown', finding: 'No watch has been opened yet' }];
    const { status, notWell } = await examine();
    assert.deepEqual([status, notWell.map(({ name, node }) => [name, node])], [0, [['watch', 'one']]]);
  });

  it('tells what a node finds wrong, its clock, and volumes that are not well', async () => {
    bench.one.checks = [{ name: 'mount-propagation', outcome: 'failed', finding: 'Mounts stay inside', cure: 'Bidirectional' }];
    bench.two.aheadMs = 30_000;
    const { status, notWell } = await examine();
    assert.equal(status, 3);
    assert.deepEqual(
      notWell.map(({ name, outcome, node }) => [name, outcome, node]),
      [
        ['mount-propagation', 'failed', 'one'],
        ['clock-here', 'warning', 'two'],
      ],
    );
  });

  it('looks at the cluster where there is no driver at all', async () => {
    const { status, notWell } = await examine({ [DRIVERS]: { items: [] }, [LABELLED]: { items: [] } });
    assert.equal(status, 3);
    assert.deepEqual(
      notWell.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name),
      ['drivers'],
    );
  });

  for (const { name, change } of [
    { name: 'all else', change: {} },
    {
      name: 'a cluster without cert-manager',
      change: { '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/certificaterequests.cert-manager.io': undefined },
    },
  ]) {
    it(`concludes nothing from drivers that it may not list, beside ${name}`, async () => {
      const said =
        'Error from server (Forbidden): pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "podcert-system"';
      const { status, notWell, names } = await examine({ [DRIVERS]: said, ...change });
      assert.deepEqual([status, notWell.map(({ name, outcome }) => [name, outcome])], [4, [['drivers', 'unknown']]]);
      assert.match(notWell[0]?.cure ?? '', /resources: \[pods\], verbs: \[list\]\} is missing, in a Role in namespace "podcert-system"/);
      for (const untold of ['driver-on-node', 'csi-node', 'pod-security']) assert.ok(!names.includes(untold), untold);
    });
  }

  it('says where a driver does not answer', async () => {
    const { status, notWell } = await examine({ [DRIVERS]: { items: [driverPod('one'), driverPod('two', { phase: 'Failed' })] } });
    assert.equal(status, 3);
    assert.match(notWell[0]?.finding ?? '', /Node "two" could not be asked: its driver's pod "podcert-two" is Failed/);
  });
});
