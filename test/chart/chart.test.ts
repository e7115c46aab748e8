import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadAll } from 'js-yaml';
import { readConfig, type Config } from '../../driver/config.ts';
import { patchedByComponent } from '../manifests/component.ts';
import { only, readFolder, readYaml, type KubernetesObject } from '../manifests/read.ts';
import { CHART, helm, render, renderText, type Values } from './helm.ts';
import { PEER_VALUES } from './peer-values.ts';

const OPENSHIFT = ['--api-versions=security.openshift.io/v1'];

function podOf(objects: readonly KubernetesObject[]) {
  return only(objects, 'DaemonSet').spec?.template.spec ?? assert.fail('no pod');
}

function configOf(objects: readonly KubernetesObject[]): Config {
  const args = podOf(objects).containers[0]?.args ?? [];
  const reading = readConfig(
    args.map((arg) => arg.replace('$(NODE_NAME)', 'node-1')),
    { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' },
  );
  assert.ok(reading.kind === 'config', JSON.stringify(reading));
  return reading.config;
}

function byKey(objects: readonly KubernetesObject[]): Readonly<Record<string, KubernetesObject>> {
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

function imageOf(image: Values): string | undefined {
  return podOf(render({ image })).containers[0]?.image;
}

/** One of a kind that the tests' types do not know. */
function find(objects: readonly KubernetesObject[], kind: string): Record<string, unknown> & KubernetesObject {
  const [found, ...others] = objects.filter((object) => object.kind === kind);
  assert.ok(found !== undefined && others.length === 0, kind);
  return found as Record<string, unknown> & KubernetesObject;
}

function kinds(objects: readonly KubernetesObject[]): string[] {
  return objects.map(({ kind }) => kind).toSorted();
}

function nameIn(release: string, values: Values = {}): string {
  const text = helm(['template', release, CHART, '--values=-'], JSON.stringify(values));
  return only(loadAll(text) as KubernetesObject[], 'ClusterRole').metadata.name;
}

/** What helm says after an install, which it only pretends to do. */
function notesOf(values: Values): string {
  return helm(['install', 'podcert', CHART, '--namespace=podcert-system', '--dry-run=client', '--values=-'], JSON.stringify(values));
}

/** An object without the labels by which Helm tells releases apart. */
function plain(object: KubernetesObject): KubernetesObject {
  const { labels, ...metadata } = object.metadata as KubernetesObject['metadata'] & { readonly labels: Record<string, string> };
  return {
    ...object,
    metadata: { ...metadata, labels: { 'app.kubernetes.io/name': labels['app.kubernetes.io/name'] } },
  } as KubernetesObject;
}

describe('the chart', () => {
  it('has nothing that helm lint finds fault with', () => {
    assert.match(helm(['lint', '--strict', CHART]), /1 chart\(s\) linted, 0 chart\(s\) failed/);
  });

  it('makes what a cluster needs and no more, in the namespace of the release or in none', () => {
    const objects = render();
    assert.deepEqual(kinds(objects), ['CSIDriver', 'ClusterRole', 'ClusterRoleBinding', 'DaemonSet', 'ServiceAccount']);
    assert.deepEqual(new Set(objects.map(({ metadata }) => metadata.namespace)), new Set(['podcert-system', undefined]));
  });

  for (const { component, values } of [
    { component: 'token-request', values: { app: { driver: { useTokenRequest: true } } } },
    { component: 'own-node', values: { ownNode: { enabled: true } } },
    { component: 'startup-taint', values: { startupTaint: { enabled: true } } },
  ]) {
    it(`says by values what the component ${component} says to kustomize`, () => {
      const byComponent = patchedByComponent(readFolder('.').slice(1), component);
      assert.deepEqual(byKey(render(values).map(plain)), byKey(byComponent));
    });
  }

  it('turns the local CA on as the patch of its example does', () => {
    const patch = readYaml('examples/local-ca/driver/patch.yaml') as readonly { readonly value: unknown }[];
    const pod = podOf(render({ localCa: { enabled: true } }));
    const added = [pod.containers[0]?.args, pod.containers[0]?.volumeMounts, pod.volumes].map((list) => list?.at(-1));
    assert.deepEqual(
      added,
      patch.map(({ value }) => value),
    );
  });

  it('takes a repository and a tag, or a digest in place of the tag, with a registry before them', () => {
    assert.equal(imageOf({ repository: 'a/podcert', tag: '9' }), 'a/podcert:9');
    assert.equal(imageOf({ registry: 'example.com', tag: '9', digest: 'sha256:0a' }), 'example.com/podcert@sha256:0a');
  });

  it('runs beside csi-driver under another driver name, with a socket folder of that name', () => {
    const objects = render({ app: { driver: { name: 'csi.podcert.io' } } });
    assert.equal(only(objects, 'CSIDriver').metadata.name, 'csi.podcert.io');
    const { driverName, registration } = configOf(objects);
    assert.deepEqual([driverName, registration?.endpoint], ['csi.podcert.io', '/var/lib/kubelet/plugins/csi.podcert.io/csi.sock']);
    const paths = podOf(objects).volumes?.map(({ hostPath }) => hostPath?.path);
    assert.ok(paths?.includes('/var/lib/kubelet/plugins/csi.podcert.io'));
  });

  it('is told once where kubelet is at home', () => {
    const text = renderText({ app: { kubeletRootDir: '/var/snap/kubelet' } });
    assert.doesNotMatch(text, /\/var\/lib\/kubelet/);
    assert.equal(text.match(/\/var\/snap\/kubelet/g)?.length, 5);
  });

  it('passes further flags after its own, so that they count', () => {
    const extraArgs = ['--log-level=5', '--continue-on-not-ready', '--pod-readiness-gate=pod-ip:any'];
    const config = configOf(render({ app: { driver: { extraArgs, selinuxContext: '' } } }));
    assert.deepEqual([config.logLevel, config.gates, config.selinuxLabel], [5, [{ kind: 'pod-ip', family: 'any' }], undefined]);
  });

  it('serves no metrics, and names no port for them, where they are off', () => {
    const objects = render({ metrics: { enabled: false, podmonitor: { enabled: true } }, networkPolicy: { enabled: true } });
    assert.equal(configOf(objects).metricsAddress, undefined);
    assert.doesNotMatch(JSON.stringify(objects), /http-metrics|PodMonitor/);
  });

  it('serves operators on the pod’s own loopback alone, where no port, policy or setting leads, or not at all', () => {
    const values = { admin: { port: 9999 }, networkPolicy: { enabled: true } };
    const objects = render(values);
    assert.deepEqual(configOf(objects).adminAddress, { host: '127.0.0.1', port: 9999 });
    const { args: _, ...container } = podOf(objects).containers[0] ?? assert.fail('no container');
    assert.doesNotMatch(JSON.stringify([container, find(objects, 'NetworkPolicy')]), /9999/);
    assert.doesNotMatch(renderText(values), /hostNetwork/);
    assert.equal(configOf(render({ admin: { enabled: false } })).adminAddress, undefined);
  });

  it('has Prometheus scrape the port of the metrics on the driver’s pods', () => {
    const podmonitor = { enabled: true, namespace: 'monitoring', prometheusInstance: 'main', labels: { team: 'a' }, honorLabels: true };
    const objects = render({ metrics: { port: 9999, podmonitor } });
    const { metadata, spec } = find(objects, 'PodMonitor');
    assert.partialDeepStrictEqual(metadata, { namespace: 'monitoring', labels: { prometheus: 'main', team: 'a' } });
    const endpoint = { port: 'http-metrics', path: '/metrics', interval: '60s', scrapeTimeout: '30s', honorLabels: true };
    const selector = only(objects, 'DaemonSet').spec?.selector;
    assert.partialDeepStrictEqual(spec, {
      selector,
      namespaceSelector: { matchNames: ['podcert-system'] },
      podMetricsEndpoints: [endpoint],
    });
    assert.equal(podOf(objects).containers[0]?.ports?.find(({ name }) => name === endpoint.port)?.containerPort, 9999);
  });

  it('lets nobody connect but to health and metrics, and the driver where it is told, by a network policy', () => {
    const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }];
    const { spec } = find(render({ networkPolicy: { enabled: true, metricsFrom: from } }), 'NetworkPolicy');
    assert.deepEqual(spec, {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'podcert' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 'http-health' }] }, { ports: [{ port: 'http-metrics' }], from }],
    });
    const egress = [{ to: [{ ipBlock: { cidr: '10.96.0.1/32' } }], ports: [{ port: 443 }] }];
    const closed = find(render({ networkPolicy: { enabled: true, egress } }), 'NetworkPolicy');
    assert.partialDeepStrictEqual(closed['spec'], { policyTypes: ['Ingress', 'Egress'], egress });
  });

  for (const { name, values, options, isThere } of [
    { name: 'where the API server has them', values: {}, options: OPENSHIFT, isThere: true },
    { name: 'not elsewhere', values: {}, options: [], isThere: false },
    { name: 'where it is told to', values: { openshift: { securityContextConstraint: { enabled: true } } }, options: [], isThere: true },
    {
      name: 'not where told not to',
      values: { openshift: { securityContextConstraint: { enabled: false } } },
      options: OPENSHIFT,
      isThere: false,
    },
  ]) {
    it(`lets the driver use OpenShift’s security context constraint ${name}`, () => {
      const objects = render(values, options);
      const labels = (only(objects, 'CSIDriver').metadata as { labels?: Record<string, string> }).labels;
      assert.equal(labels?.['security.openshift.io/csi-ephemeral-volume-profile'], isThere ? 'restricted' : undefined);
      assert.equal(kinds(objects).includes('RoleBinding'), isThere);
      if (!isThere) return;
      const rule = { apiGroups: ['security.openshift.io'], resources: ['securitycontextconstraints'], resourceNames: ['privileged'] };
      assert.deepEqual(find(objects, 'Role')['rules'], [{ ...rule, verbs: ['use'] }]);
    });
  }

  it('puts common labels on every object and on the pods, and none where a selector would change', () => {
    const commonLabels = { team: 'a', 'app.kubernetes.io/name': 'theirs' };
    const objects = render({ commonLabels, podLabels: { tier: 'node' }, podAnnotations: { note: 'x' } });
    for (const { metadata } of objects) assert.equal((metadata as { labels?: Record<string, string> }).labels?.['team'], 'a');
    const { template, selector } = only(objects, 'DaemonSet').spec!;
    assert.deepEqual(selector.matchLabels, { 'app.kubernetes.io/name': 'podcert' });
    assert.deepEqual(template.metadata, {
      labels: { 'app.kubernetes.io/name': 'podcert', team: 'a', tier: 'node' },
      annotations: { note: 'x' },
    });
  });

  it('names its objects after the release, so that two of them share none of the cluster’s', () => {
    assert.equal(nameIn('podcert'), 'podcert');
    assert.equal(nameIn('my-podcert'), 'my-podcert');
    assert.equal(nameIn('certificates'), 'certificates-podcert');
    assert.equal(nameIn('podcert', { fullnameOverride: 'other' }), 'other');
  });
});

describe('the values', () => {
  it('may be those that were written for csi-driver, with the same meaning', () => {
    const objects = render(PEER_VALUES);
    const config = configOf(objects);
    assert.deepEqual(
      [config.logLevel, config.driverName, config.usesPodToken, config.dataRoot, config.healthAddress, config.metricsAddress],
      [3, 'csi.example.com', true, '/tmp/cert-manager-csi-driver', { port: 9809 }, { port: 9500 }],
    );
    const pod = podOf(objects);
    assert.equal(pod.containers.length, 1);
    const { tolerations, priorityClassName, nodeSelector, affinity, imagePullSecrets } = PEER_VALUES;
    assert.partialDeepStrictEqual(pod, { tolerations, priorityClassName, nodeSelector, affinity, imagePullSecrets });
    assert.partialDeepStrictEqual(pod.containers[0], { image: 'registry.example.com/podcert:1', resources: PEER_VALUES.resources });
  });

  it('of csi-driver that have no effect are told after the install, and no others', () => {
    assert.match(notesOf(PEER_VALUES), /Without effect:\n- nodeDriverRegistrarImage: .*\n- livenessProbeImage: /);
    assert.doesNotMatch(notesOf({}), /Without effect/);
  });

  for (const { name, values, options = [], message } of [
    { name: 'an unknown one', values: { tolerance: [] }, message: /additional properties 'tolerance' not allowed/ },
    { name: 'an unknown one, deep down', values: { app: { driver: { nam: 'x' } } }, message: /at '\/app\/driver'.*'nam' not allowed/s },
    { name: 'another type', values: { metrics: { port: '9402' } }, message: /at '\/metrics\/port': got string, want integer/ },
    { name: 'a relative folder', values: { app: { kubeletRootDir: 'kubelet' } }, message: /\/app\/kubeletRootDir/ },
    { name: 'an argument that is no flag', values: { app: { driver: { extraArgs: ['x'] } } }, message: /extraArgs\/0/ },
    {
      name: 'the image of csi-driver',
      values: { image: { repository: 'quay.io/jetstack/cert-manager-csi-driver' } },
      message: /image\.repository: "quay\.io\/jetstack\/cert-manager-csi-driver" is the image of csi-driver; name your copy/,
    },
    {
      name: 'a policy on a Kubernetes without them',
      values: { ownNode: { enabled: true } },
      options: ['--kube-version=1.29.0'],
      message: /ownNode\.enabled: needs Kubernetes 1\.30, and this is v1\.29\.0; leave it false/,
    },
    {
      name: 'the right to patch nodes without the policy',
      values: { startupTaint: { enabled: true } },
      options: ['--kube-version=1.29.0'],
      message: /startupTaint\.enabled: needs Kubernetes 1\.30/,
    },
  ]) {
    it(`are refused with what is wrong: ${name}`, () => {
      assert.throws(() => render(values, options), message);
    });
  }
});
