import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCertManager } from '../../cli/doctor/check-cert-manager.ts';
import { checkCsiDriver, checkDaemonSet, checkPodSecurity, checkRegistration, checkTaint } from '../../cli/doctor/check-driver.ts';
import { checkNodes } from '../../cli/doctor/check-nodes.ts';
import type { ClusterFacts } from '../../cli/doctor/cluster-facts.ts';
import type { Fact, Finding } from '../../cli/doctor/finding.ts';
import { checkVersions, isOlder } from '../../cli/doctor/versions.ts';
import { CliFailure } from '../../cli/failure.ts';
import type { DriverPod } from '../../cli/nodes/driver-pods.ts';
import { VERSION } from '../../driver/version.ts';

const NAME = 'csi.cert-manager.io';
const NOW = new Date('2026-03-01T10:00:00.000Z');
const DRIVER: DriverPod = { name: 'podcert-x', namespace: 'podcert-system', node: 'one', serviceAccount: 'podcert', args: [] };

function known<Value>(value: Value): Fact<Value> {
  return { kind: 'known', value };
}

/** All is well. */
const GOOD: ClusterFacts = {
  csiDriver: known({
    metadata: { name: NAME },
    spec: { attachRequired: false, podInfoOnMount: true, fsGroupPolicy: 'None', volumeLifecycleModes: ['Ephemeral'] },
  }),
  csiNodes: known([{ metadata: { name: 'one' }, spec: { drivers: [{ name: NAME }] } }]),
  daemonSets: known([
    {
      metadata: { name: 'podcert', namespace: 'podcert-system', generation: 2 },
      status: { observedGeneration: 2, desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberReady: 1 },
    },
  ]),
  nodes: known([{ metadata: { name: 'one', labels: { 'kubernetes.io/os': 'linux' } }, spec: {} }]),
  driverNamespace: known({ metadata: { name: 'podcert-system', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } }),
  definition: known({
    metadata: { name: 'certificaterequests.cert-manager.io' },
    spec: { versions: [{ name: 'v1', served: true }] },
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  }),
  certManager: known([
    {
      metadata: { name: 'cert-manager', namespace: 'cert-manager', labels: { 'app.kubernetes.io/version': 'v1.19.1' } },
      spec: { replicas: 1 },
      status: { availableReplicas: 1 },
    },
  ]),
  webhooks: known([{ metadata: { name: 'cert-manager-webhook' } }]),
  requests: known([]),
  version: known({ gitVersion: 'v1.34.1' }),
};

/** Every check of the facts, as the doctor makes them. */
function examine(change: Partial<ClusterFacts>, drivers: readonly DriverPod[] = [DRIVER]): readonly Finding[] {
  const facts = { ...GOOD, ...change };
  return [
    checkCsiDriver(facts, NAME, drivers),
    ...checkDaemonSet(facts, drivers),
    ...checkRegistration(facts, NAME, drivers),
    checkPodSecurity(facts, 'podcert-system'),
    ...checkTaint(facts, drivers),
    ...checkCertManager(facts, drivers, NOW),
    ...checkVersions(facts, new Map([['one', VERSION]])),
  ];
}

type Spec = Extract<ClusterFacts['csiDriver'], { kind: 'known' }>['value']['spec'];
const driverObject = (change: Spec): Partial<ClusterFacts> => {
  const good = (GOOD.csiDriver as Extract<ClusterFacts['csiDriver'], { kind: 'known' }>).value;
  return { csiDriver: known({ ...good, spec: { ...good.spec, ...change } }) };
};
const request = (conditions: readonly string[], annotations: Readonly<Record<string, string>> = { 'podcert.io/node': 'one' }) => ({
  metadata: { name: 'r', namespace: 'shop', creationTimestamp: '2026-03-01T09:00:00Z', annotations },
  status: { conditions: conditions.map((type) => ({ type, status: 'True' })) },
});
const withArgs = (...args: readonly string[]): readonly DriverPod[] => [{ ...DRIVER, args }];

describe('the doctor', () => {
  it('finds nothing where all is well', () =>
    assert.deepEqual(
      examine({}).filter(({ outcome }) => outcome !== 'ok'),
      [],
    ));

  for (const { name, change, drivers, found } of [
    { name: 'no CSIDriver', change: { csiDriver: { kind: 'absent' } }, found: ['csi-driver-object', 'failed', /no CSIDriver/] },
    {
      name: 'attachRequired',
      change: driverObject({ attachRequired: true }),
      found: ['csi-driver-object', 'failed', /attachRequired true/],
    },
    {
      name: 'no podInfoOnMount',
      change: driverObject({ podInfoOnMount: false }),
      found: ['csi-driver-object', 'failed', /podInfoOnMount false/],
    },
    {
      name: 'persistent volumes alone',
      change: driverObject({ volumeLifecycleModes: ['Persistent'] }),
      found: ['csi-driver-object', 'failed', /without Ephemeral/],
    },
    {
      name: 'fsGroupPolicy File',
      change: driverObject({ fsGroupPolicy: 'File' }),
      found: ['csi-driver-object', 'failed', /fsGroupPolicy File/],
    },
    {
      name: 'no tokens for --use-token-request',
      change: {},
      drivers: withArgs('--use-token-request'),
      found: ['csi-driver-object', 'failed', /no requiresRepublish/],
    },
    {
      name: 'a rollout that stands still',
      change: {
        daemonSets: known([
          {
            metadata: { name: 'podcert', namespace: 'x' },
            status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 2 },
          },
        ]),
      },
      found: ['daemon-set', 'failed', /2 of 3 ready/],
    },
    { name: 'no DaemonSet', change: { daemonSets: known([]) }, found: ['daemon-set', 'failed', /No DaemonSet/] },
    {
      name: 'a node without a driver',
      change: { nodes: known([{ metadata: { name: 'two' }, spec: {} }]) },
      found: ['driver-on-node', 'warning', /"two" has no driver/],
    },
    {
      name: 'a kubelet that knows nothing',
      change: { csiNodes: known([{ metadata: { name: 'one' }, spec: { drivers: null } }]) },
      found: ['csi-node', 'failed', /kubelet of node "one"/],
    },
    {
      name: 'a namespace that is closed to privileged pods',
      change: { driverNamespace: known({ metadata: { name: 'x', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } }) },
      found: ['pod-security', 'failed', /"baseline"/],
    },
    {
      name: 'a namespace that says nothing',
      change: { driverNamespace: known({ metadata: { name: 'x' } }) },
      found: ['pod-security', 'warning', /does not say/],
    },
    {
      name: 'a taint that stayed',
      change: { nodes: known([{ metadata: { name: 'one' }, spec: { taints: [{ key: 'podcert.io/agent-not-ready' }] } }]) },
      found: ['startup-taint', 'failed', /has the taint/],
    },
    {
      name: 'no cert-manager',
      change: { definition: { kind: 'absent' } },
      found: ['cert-manager-crd', 'failed', /there is no cert-manager/],
    },
    {
      name: 'CRDs that are not served',
      change: { definition: known({ metadata: { name: 'x' }, spec: { versions: [{ name: 'v1', served: false }] } }) },
      found: ['cert-manager-crd', 'failed', /does not serve version v1/],
    },
    {
      name: 'a cert-manager that is down',
      change: { certManager: known([{ metadata: { name: 'cert-manager', namespace: 'cm' }, spec: {}, status: {} }]) },
      found: ['cert-manager', 'failed', /0 of 1 available/],
    },
    {
      name: 'an old cert-manager',
      change: {
        certManager: known([
          {
            metadata: { name: 'cert-manager', labels: { 'app.kubernetes.io/version': 'v1.2.0' } },
            spec: {},
            status: { availableReplicas: 1 },
          },
        ]),
      },
      found: ['cert-manager', 'failed', /too old/],
    },
    { name: 'no webhook', change: { webhooks: known([]) }, found: ['cert-manager-webhook', 'warning', /No validating webhook/] },
    {
      name: 'requests that nobody approves',
      change: { requests: known([request([]), request(['Approved']), request([], {})]) },
      found: ['approval', 'warning', /^1 of the drivers' requests .*"shop\/r" since 60m/],
    },
    {
      name: 'an old Kubernetes',
      change: { version: known({ gitVersion: 'v1.24.9' }) },
      found: ['kubernetes-version', 'failed', /v1\.24\.9/],
    },
  ] as readonly {
    name: string;
    change: Partial<ClusterFacts>;
    drivers?: readonly DriverPod[];
    found: readonly [string, string, RegExp];
  }[]) {
    it(`finds ${name}, and a cure`, () => {
      const bad = examine(change, drivers).filter(({ outcome }) => outcome !== 'ok');
      assert.deepEqual(
        bad.map(({ name, outcome }) => [name, outcome]),
        [found.slice(0, 2)],
      );
      assert.match(bad[0]!.finding, found[2]);
      assert.ok((bad[0]?.cure ?? '').length > 10);
    });
  }

  it('needs no cert-manager where the drivers have a local CA', () => {
    const findings = examine({ definition: { kind: 'absent' } }, withArgs('--local-ca-dir=/ca'));
    assert.deepEqual(
      findings.filter(({ outcome }) => outcome !== 'ok'),
      [],
    );
  });

  it('says of each thing that it may not look at what would let it', () => {
    for (const part of Object.keys(GOOD) as (keyof ClusterFacts)[]) {
      const bad = examine({ [part]: { kind: 'hidden', why: 'pods is forbidden', cure: 'the rule x is missing' } }).filter(
        ({ outcome }) => outcome !== 'ok',
      );
      assert.ok(bad.length > 0, part);
      for (const finding of bad)
        assert.deepEqual([finding.outcome, finding.finding, finding.cure], ['unknown', 'pods is forbidden', 'the rule x is missing'], part);
    }
  });

  it('does not know a version that the API server does not tell', () => {
    const found = examine({ version: { kind: 'absent' } }).filter(({ outcome }) => outcome !== 'ok');
    assert.deepEqual(
      found.map(({ name, outcome }) => [name, outcome]),
      [['kubernetes-version', 'unknown']],
    );
  });

  for (const { name, versions, outcomes } of [
    { name: 'drivers of one version', versions: [VERSION, VERSION], outcomes: ['ok'] },
    { name: 'drivers of two versions', versions: [VERSION, '0.0.9'], outcomes: ['warning', 'warning'] },
    { name: 'drivers of another version than its own', versions: ['9.9.9'], outcomes: ['warning'] },
    { name: 'no driver that answers', versions: [], outcomes: [] },
  ]) {
    it(`compares versions: ${name}`, () => {
      const findings = checkVersions(GOOD, new Map(versions.map((version, index) => [`node-${index}`, version])));
      assert.deepEqual(
        findings.filter(({ name }) => name === 'versions').map(({ outcome }) => outcome),
        outcomes,
      );
    });
  }

  for (const [one, other, expected] of [
    ['v1.2.9', '1.3.0', true],
    ['v1.10.0', '1.3.0', false],
    ['1.3.0', '1.3.0', false],
    ['v1.3.0-beta.1', '1.3.0', false],
    ['v1.25', '1.25.0', false],
  ] as const) {
    it(`knows whether ${one} is older than ${other}`, () => assert.equal(isOlder(one, other), expected));
  }

  for (const { aheadMs, tookMs, outcome } of [
    { aheadMs: 1_000, tookMs: 10, outcome: 'ok' },
    { aheadMs: -4_000, tookMs: 10, outcome: 'ok' },
    { aheadMs: 20_000, tookMs: 10, outcome: 'warning' },
    { aheadMs: -70_000, tookMs: 10, outcome: 'failed' },
    { aheadMs: 6_000, tookMs: 4_000, outcome: 'ok' },
  ]) {
    it(`judges a clock that is ${aheadMs} ms ahead, told in ${tookMs} ms: ${outcome}`, () => {
      const driver = { version: VERSION, driverName: NAME, nodeId: 'one', startedAt: '' };
      const answer = {
        checks: { driver, checks: [] },
        volumes: { apiVersion: 1 as const, driver, nowAt: '', volumes: [] },
        aheadMs,
        tookMs,
      };
      const findings = checkNodes([{ kind: 'answered', pod: DRIVER, answer }]);
      assert.equal(findings.find(({ name }) => name === 'clock-here')?.outcome, outcome);
    });
  }

  it('counts a node that says nothing as wrong', () => {
    const [finding] = checkNodes([{ kind: 'unreachable', pod: DRIVER, why: new CliFailure('refused', 'start it') }]);
    assert.deepEqual([finding?.outcome, finding?.node, finding?.cure], ['failed', 'one', 'start it']);
  });
});
