import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { yamlProblems } from '../docs/check/yaml.ts';
import { SURROUNDINGS } from '../spec/publish-request.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import type { VolumeSpec } from '../../node-agent/spec/volume-spec.ts';
import { MANIFESTS, only, readFolder, type KubernetesObject } from './read.ts';

const driverName = only(readFolder('.'), 'CSIDriver').metadata.name;

/** The pod of a Deployment, as far as an example may differ from another. */
function podOf(objects: readonly KubernetesObject[], name: string) {
  const deployment = only(objects, 'Deployment', name);
  const { template, selector } = deployment.spec ?? assert.fail('no spec');
  const spec = template.spec ?? assert.fail('no pod');
  const container = spec.containers[0] ?? assert.fail('no container');
  const csi = spec.volumes?.find((volume) => volume.csi !== undefined)?.csi ?? assert.fail('no volume of the driver');
  return { deployment, template, selector, spec, container, csi };
}

/** What the driver would make of the volume, were kubelet to publish it. */
function specOf(objects: readonly KubernetesObject[], name: string): VolumeSpec {
  const { csi, spec, deployment } = podOf(objects, name);
  const reading = parseSpec(
    {
      volumeId: 'csi-1',
      targetPath: '/var/lib/kubelet/pods/uid/volumes/kubernetes.io~csi/certificates/mount',
      readOnly: csi.readOnly ?? false,
      attributes: {
        ...csi.volumeAttributes,
        'csi.storage.k8s.io/pod.name': `${name}-0`,
        'csi.storage.k8s.io/pod.namespace': deployment.metadata.namespace ?? '',
        'csi.storage.k8s.io/pod.uid': '6a1f0f3e-3c51-4b0c-9d5b-7e3a4f0c2d11',
        'csi.storage.k8s.io/serviceAccount.name': spec.serviceAccountName ?? '',
        'csi.storage.k8s.io/ephemeral': 'true',
      },
      secrets: {},
      access: 'mount',
      accessMode: 'SINGLE_NODE_WRITER',
      fsType: '',
      mountFlags: [],
      volumeMountGroup: String(spec.securityContext?.fsGroup ?? ''),
    },
    SURROUNDINGS,
  );
  assert.ok(reading.kind === 'parsed', JSON.stringify(reading));
  return reading.spec;
}

for (const folder of ['cert-manager', 'local-ca']) {
  const objects = readFolder(`examples/${folder}`);
  const namespace = objects[0]?.metadata.name ?? '';

  describe(`the example ${folder}`, () => {
    it('follows the rules for YAML that documents show', () => {
      assert.deepEqual(
        objects.flatMap((object) => yamlProblems(JSON.stringify(object))),
        [],
      );
    });

    it('is applied namespace first, and lies in it whole', () => {
      assert.equal(objects[0]?.kind, 'Namespace');
      for (const { metadata } of objects.slice(1)) assert.equal(metadata.namespace, namespace);
    });

    for (const name of ['server', 'client']) {
      it(`asks the driver for a certificate that says which service account the ${name} is`, () => {
        assert.equal(podOf(objects, name).csi.driver, driverName);
        const { wanted, unknownAttributes } = specOf(objects, name);
        assert.deepEqual(wanted.uris, [`spiffe://cluster.local/ns/${namespace}/sa/${name}`]);
        assert.deepEqual(wanted.usages, ['digital signature', `${name} auth`]);
        assert.deepEqual(unknownAttributes, []);
      });

      it(`gives the ${name} files, mounts, labels and an account that are there`, () => {
        const { spec, template, selector, container } = podOf(objects, name);
        assert.deepEqual(selector.matchLabels, template.metadata?.labels);
        const mounts = Object.fromEntries((container.volumeMounts ?? []).map((mount) => [mount.name, mount.mountPath]));
        assert.deepEqual(mounts, { certificates: '/certificates', programs: '/programs' });
        assert.deepEqual(
          spec.volumes?.map((volume) => volume.name),
          ['certificates', 'programs'],
        );
        const programs = only(objects, 'ConfigMap', spec.volumes?.[1]?.configMap?.name).data ?? {};
        assert.ok(Object.keys(programs).some((program) => container.command?.[1] === `/programs/${program}`));
        only(objects, 'ServiceAccount', spec.serviceAccountName);
      });

      it(`lets the ${name} read its key without being root`, () => {
        const { spec } = podOf(objects, name);
        assert.ok((spec.securityContext?.runAsUser ?? 0) > 0);
        assert.equal(specOf(objects, name).files.fsGroup, spec.securityContext?.fsGroup);
      });
    }

    it('has the client call the name that the certificate of the server carries, at a port that leads to it', () => {
      const { hostname, port } = new URL(podOf(objects, 'client').container.env?.[0]?.value ?? '');
      const service = only(objects, 'Service');
      const { template, container } = podOf(objects, 'server');
      assert.deepEqual(specOf(objects, 'server').wanted.dnsNames, [hostname]);
      assert.equal(hostname, `${service.metadata.name}.${namespace}.svc`);
      assert.deepEqual(service.spec?.selector, template.metadata?.labels);
      assert.deepEqual(service.spec?.ports, [{ port: port === '' ? 443 : Number(port), targetPort: container.ports?.[0]?.name }]);
    });

    it('has the server let in the name that the certificate of the client carries', () => {
      assert.deepEqual([podOf(objects, 'server').container.env?.[0]?.value], specOf(objects, 'client').wanted.uris);
    });
  });
}

describe('the examples', () => {
  const certManager = readFolder('examples/cert-manager');
  const localCa = readFolder('examples/local-ca');

  it('differ in who signs, and in nothing else', () => {
    for (const name of ['server', 'client']) {
      const signers = /^ +csi\.cert-manager\.io\/issuer-.*\n/gm;
      const text = (folder: string, file: string) =>
        readFileSync(join(MANIFESTS, 'examples', folder, file), 'utf8')
          .replaceAll('mtls-example-local-ca', 'mtls-example')
          .replaceAll(signers, '');
      assert.equal(
        text('cert-manager', name === 'server' ? '3-server.yaml' : '4-client.yaml'),
        text('local-ca', name === 'server' ? '2-server.yaml' : '3-client.yaml'),
      );
    }
    assert.deepEqual(only(certManager, 'ConfigMap').data, only(localCa, 'ConfigMap').data);
  });

  it('name issuers that are there: a CA Issuer made beforehand, and the CA of the driver', () => {
    assert.deepEqual(specOf(certManager, 'server').issuer, { name: 'example-ca', kind: 'Issuer', group: 'cert-manager.io' });
    assert.deepEqual(
      certManager.filter(({ kind }) => kind === 'Issuer').map(({ metadata }) => metadata.name),
      ['example-root', 'example-ca'],
    );
    assert.deepEqual(specOf(localCa, 'client').issuer, { name: 'local', kind: 'LocalCA', group: 'podcert.io' });
  });
});
