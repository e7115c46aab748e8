import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { render } from '../chart/helm.ts';
import { getJson, kubectl } from './cluster-access.ts';
import { requestsIn } from './certificate-requests.ts';
import { countVolumes } from './driver-pods.ts';
import { deploy, helm } from './helm.ts';
import { DRIVER_NAMESPACE, installDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, deletePods, startPod, startPods, waitUntilReady } from './pods.ts';
import { readVolume, waitForRenewal } from './volume-files.ts';
import { waitFor } from './wait.ts';

interface DaemonSet {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] } } };
}

const daemonSet = () => getJson<DaemonSet>(['daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
const args = async () => (await daemonSet()).spec.template.spec.containers[0].args;
const policies = () => kubectl(['get', 'validatingadmissionpolicy', '--output=name']);

const IMAGE = process.env['PODCERT_E2E_IMAGE'];

describe('the chart, under running pods', () => {
  const namespace = ownNamespace('chart');
  const PODS = ['web-1', 'web-2', 'web-3'];
  let atFirst: readonly string[];
  /** Somebody may have others. */
  let volumes: number;

  before(async () => {
    await startPods(...PODS.map((name) => ({ namespace, name, attributes: { duration: '24h' } })));
    atFirst = await serials();
    volumes = await countVolumes();
  });
  after(async () => {
    await helm('uninstall', 'podcert', '--ignore-not-found', '--wait', '--timeout=90s');
    await installDriver(IMAGE);
  });

  const serials = () => Promise.all(PODS.map(async (pod) => (await readVolume(namespace, pod)).leaf.serialNumber));
  const assertUntouched = async () => {
    assert.deepEqual(await serials(), atFirst);
    assert.equal((await requestsIn(namespace)).length, PODS.length);
  };

  it('takes over what was made of the manifests, and the notes say what to do before the end', async () => {
    const notes = await deploy('install', '--take-ownership', '--force-conflicts');
    assert.match(notes, /Before `helm uninstall podcert`: delete the pods that have volumes/);
    const { metadata } = await daemonSet();
    assert.equal(metadata.labels['app.kubernetes.io/managed-by'], 'Helm');
    await assertUntouched();
    assert.equal(await countVolumes(), volumes);
  });

  it('finds by the command of its notes the pods that have volumes', async () => {
    const notes = await helm('get', 'notes', 'podcert');
    const [, template = ''] = /go-template='(.*)'/.exec(notes) ?? [];
    const found = await kubectl(['get', 'pods', '--all-namespaces', `--output=go-template=${template}`]);
    assert.deepEqual(
      found
        .trim()
        .split('\n')
        .filter((line) => line.startsWith(`${namespace} `))
        .toSorted(),
      PODS.map((pod) => `${namespace} ${pod}`),
    );
  });

  it('is upgraded to other values, and new pods come', async () => {
    // kubectl counts as an owner of what it once applied.
    await deploy('upgrade', '--force-conflicts', '--set=app.logLevel=2', '--set=ownNode.enabled=true');
    assert.ok((await args()).includes('--log-level=2'));
    assert.match(await policies(), /podcert-own-node/);
    await assertUntouched();
    await startPod({ namespace, name: 'young', attributes: { duration: '24h' } });
    await deletePods(namespace, 'young');
    await waitFor('the request to go', namespace, 30_000, async () => (await requestsIn(namespace)).length === PODS.length || undefined);
  });

  it('makes of all its values together what the API server takes', async () => {
    const enabled = { enabled: true };
    const values = {
      app: { driver: { useTokenRequest: true, extraArgs: ['--log-level=3'] } },
      localCa: enabled,
      ownNode: enabled,
      startupTaint: enabled,
      networkPolicy: { enabled: true, metricsFrom: [{ podSelector: {} }], egress: [{ ports: [{ port: 443 }] }] },
      openshift: { securityContextConstraint: enabled },
      imagePullSecrets: [{ name: 'registry' }],
      podSecurityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    };
    const judge = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict', '--filename=-'];
    const items = render(values);
    const judged = await kubectl(judge, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    assert.equal(judged.trim().split('\n').length, items.length);
  });

  it('is refused with an unknown value, and stays as it is', async () => {
    await assert.rejects(deploy('upgrade', '--set=app.driver.logLevel=2'), /additional properties 'logLevel' not allowed/);
    assert.ok((await args()).includes('--log-level=2'));
  });

  it('is rolled back', async () => {
    await helm('rollback', 'podcert', '1', '--wait', '--timeout=90s');
    assert.ok((await args()).includes('--log-level=1'));
    assert.doesNotMatch(await policies(), /podcert-own-node/);
    await assertUntouched();
  });

  it('is uninstalled and every mount stays; what is left of pods goes once there is a driver again', async () => {
    await helm('uninstall', 'podcert', '--wait', '--timeout=90s');
    assert.equal(await kubectl(['get', 'daemonset', `--namespace=${DRIVER_NAMESPACE}`, '--ignore-not-found']), '');
    await assertUntouched();
    await kubectl(['delete', 'pod', PODS[0]!, `--namespace=${namespace}`, '--wait=false']);
    await createPods({ namespace, name: 'early', attributes: { duration: '40s' } });
    assert.match(await deploy('install'), /STATUS: deployed/);
    await kubectl(['wait', '--for=delete', `pod/${PODS[0]}`, `--namespace=${namespace}`, '--timeout=90s']);
    await waitUntilReady(namespace, 'early', 120_000);
    await waitForRenewal(namespace, 'early', await readVolume(namespace, 'early'));
    const rest = await Promise.all(PODS.slice(1).map(async (pod) => (await readVolume(namespace, pod)).leaf.serialNumber));
    assert.deepEqual(rest, atFirst.slice(1));
    await deletePods(namespace, ...PODS.slice(1), 'early');
    assert.equal(await countVolumes(), volumes - PODS.length);
  });
});
