import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { readConfig, type Config } from '../../driver/config.ts';
import { PROBE_DEADLINE_MS } from '../../driver/http/health.ts';
import { EVENTS } from '../../driver/report/event-manifest.ts';
import { MANIFESTS, only, readFolder, readYaml } from './read.ts';

const objects = readFolder('.');
const daemonSet = only(objects, 'DaemonSet');
const pod = daemonSet.spec?.template.spec ?? assert.fail('no pod');
const container = pod.containers[0] ?? assert.fail('no container');
const args = container.args ?? [];
const mounts = container.volumeMounts ?? [];
const volumes = pod.volumes ?? [];

function configOf(args: readonly string[]): Config {
  const reading = readConfig(
    args.map((arg) => arg.replace('$(NODE_NAME)', 'node-1')),
    {},
  );
  assert.ok(reading.kind === 'config', JSON.stringify(reading));
  return reading.config;
}

const config = configOf(args);

/** The host's path behind a path in the container. */
function onHost(path: string): string {
  const mount = mounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
  const volume = volumes.find(({ name }) => name === mount?.name);
  return path.replace(mount?.mountPath ?? '', volume?.hostPath?.path ?? '');
}

function namesOf(list: readonly { readonly name: string }[]): string[] {
  return list.map(({ name }) => name).toSorted();
}

describe('the manifests', () => {
  it('are applied namespace first, and everything else lies in that namespace or in none', () => {
    assert.equal(objects[0]?.kind, 'Namespace');
    const namespaces = new Set(objects.slice(1).map(({ metadata }) => metadata.namespace));
    assert.deepEqual(namespaces, new Set([objects[0]?.metadata.name, undefined]));
  });

  it('are all listed in the kustomization', () => {
    const { resources } = readYaml('Kustomization') as { resources: string[] };
    assert.deepEqual(resources, globSync('*.yaml', { cwd: MANIFESTS }).toSorted());
  });

  it('allow the driver to ask for certificates, to look at pods and to write events, and nothing else', () => {
    const role = only(objects, 'ClusterRole');
    assert.deepEqual(role.rules, [
      { apiGroups: ['cert-manager.io'], resources: ['certificaterequests'], verbs: ['create', 'delete', 'list', 'watch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
      { apiGroups: [EVENTS.group], resources: [EVENTS.plural], verbs: ['create', 'patch'] },
    ]);
    const binding = only(objects, 'ClusterRoleBinding');
    assert.deepEqual([binding.roleRef.kind, binding.roleRef.name], ['ClusterRole', role.metadata.name]);
    const account = only(objects, 'ServiceAccount').metadata;
    assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }]);
    assert.equal(pod.serviceAccountName, account.name);
  });

  it('tell kubelet what the driver needs from it', () => {
    const { metadata, spec } = only(objects, 'CSIDriver');
    assert.equal(metadata.name, config.driverName);
    assert.deepEqual(spec, {
      podInfoOnMount: true,
      volumeLifecycleModes: ['Ephemeral'],
      attachRequired: false,
      fsGroupPolicy: 'None',
      requiresRepublish: false,
    });
  });
});

describe('the DaemonSet', () => {
  it('selects its own pods', () => {
    assert.deepEqual(daemonSet.spec?.selector.matchLabels, daemonSet.spec?.template.metadata?.labels);
  });

  it('is one container, and privileged is all it is allowed beyond the least', () => {
    assert.equal(pod.containers.length, 1);
    const shared = [pod.hostNetwork, pod.hostPID, pod.hostIPC, pod.shareProcessNamespace, pod.initContainers];
    assert.ok(shared.every((value) => value === undefined));
    const { privileged, readOnlyRootFilesystem, capabilities } = container.securityContext ?? {};
    assert.deepEqual(
      { privileged, readOnlyRootFilesystem, drop: capabilities?.drop },
      { privileged: true, readOnlyRootFilesystem: true, drop: ['ALL'] },
    );
    // Containers that are privileged get none, so a manifest that names one promises what is not there.
    assert.equal(JSON.stringify(pod).includes('seccompProfile'), false);
  });

  it('runs on every node, and ends after the calls in flight did', () => {
    assert.deepEqual(pod.tolerations, [{ operator: 'Exists' }]);
    assert.ok((pod.terminationGracePeriodSeconds ?? 0) > 25);
  });

  it('gives its name of the node from the variable that it sets', () => {
    assert.equal(args[0], '--node-id=$(NODE_NAME)');
    assert.deepEqual(container.env, [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }]);
  });

  it('tells kubelet the path on the host at which the socket really is', () => {
    assert.equal(config.registration?.endpoint, onHost(config.socketPath));
    assert.equal(onHost(config.registration?.socketPath ?? ''), '/var/lib/kubelet/plugins_registry/csi.cert-manager.io-reg.sock');
  });

  it('propagates mounts where the driver makes them, at the same path as on the host', () => {
    const paths = mounts.filter(({ mountPropagation }) => mountPropagation === 'Bidirectional').map(({ mountPath }) => mountPath);
    assert.deepEqual(paths.toSorted(), [config.dataRoot, '/var/lib/kubelet/pods'].toSorted());
    for (const path of paths) assert.equal(onHost(path), path);
  });

  it('mounts every volume it has, and has every volume it mounts', () => {
    assert.deepEqual(namesOf(mounts), namesOf(volumes));
  });

  it('names the ports at which the driver serves, and asks the right one how it is', () => {
    const ports = Object.fromEntries((container.ports ?? []).map(({ name, containerPort }) => [name, containerPort]));
    assert.deepEqual(ports, { 'http-metrics': config.metricsAddress?.port, 'http-health': config.healthAddress?.port });
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const [probe, path] of [
      [startupProbe, '/healthz'],
      [livenessProbe, '/healthz'],
      [readinessProbe, '/readyz'],
    ] as const) {
      assert.deepEqual(probe?.httpGet, { path, port: 'http-health' });
      // Longer than Probe is given, so that kubelet hears the reason.
      assert.ok((probe?.timeoutSeconds ?? 0) * 1000 > PROBE_DEADLINE_MS);
    }
  });

  it('has the local CA off', () => assert.equal(config.localCa, undefined));
});

describe('the patch that turns the local CA on', () => {
  const patch = readYaml('examples/local-ca/driver/patch.yaml') as readonly { op: string; path: string; value: unknown }[];
  const added = (list: string) => patch.find(({ path }) => path === `/spec/template/spec/${list}/-`)?.value;

  it('only adds', () => assert.ok(patch.length === 3 && patch.every(({ op }) => op === 'add')));

  it('gives the driver a folder with the Secret of the README, which root alone may read', () => {
    const argument = added('containers/0/args');
    const mount = added('containers/0/volumeMounts') as V1VolumeMount;
    const volume = added('volumes') as V1Volume;
    assert.equal(configOf([...args, argument as string]).localCa?.directory, mount.mountPath);
    assert.deepEqual(mount, { name: volume.name, mountPath: '/local-ca', readOnly: true });
    assert.deepEqual(volume.secret, { secretName: 'podcert-local-ca', defaultMode: 0o400 });
  });
});
