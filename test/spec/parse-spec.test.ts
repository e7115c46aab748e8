import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { invalidRequest } from '../../node-agent/errors.ts';
import type { PublishRequest } from '../../node-agent/ports.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { storableAttributes } from '../../node-agent/spec/raw-attributes.ts';
import type { VolumeSpec } from '../../node-agent/spec/volume-spec.ts';
import { SURROUNDINGS, accepted, publishRequest, refusals } from './publish-request.ts';

describe('the spec of a volume', () => {
  it('is complete with an issuer’s name alone', () => {
    assert.deepEqual(parseSpec(publishRequest(), SURROUNDINGS), {
      kind: 'parsed',
      volumeId: publishRequest().volumeId,
      spec: {
        pod: { namespace: 'shop', name: 'web-6d4cf56db6-x7k2p', uid: '5f3d2c9e-8a41-4c0e-9a55-0d9f5b6f2b11', serviceAccount: 'web' },
        issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
        wanted: {
          subject: [],
          dnsNames: [],
          ipAddresses: [],
          uris: [],
          durationMs: 90 * DAY_MS,
          isCa: false,
          usages: ['digital signature', 'key encipherment'],
        },
        key: { algorithm: 'RSA', bits: 2048, encoding: 'PKCS1' },
        verification: 'covers',
        files: { caFile: 'ca.crt', certificateFile: 'tls.crt', keyFile: 'tls.key', mode: 0o440 },
        annotations: {},
        reusePrivateKey: false,
        needsPod: false,
        unknownAttributes: [],
      } satisfies VolumeSpec,
    });
  });

  it('is the same when every attribute that can be unset is given an empty value', () => {
    const names =
      'issuer-kind issuer-group common-name literal-subject organizations serialnumber dns-names uri-sans ip-sans duration is-ca';
    const others =
      'key-usages key-algorithm key-size key-encoding ca-file fs-group renew-before reuse-private-key pkcs12-enable pkcs12-password';
    const empty = Object.fromEntries(`${names} ${others} podcert.io/verify podcert.io/unheard-of`.split(' ').map((name) => [name, '']));
    assert.deepEqual(accepted(empty), accepted());
  });

  it('reads every attribute', () => {
    const spec = accepted({
      'issuer-name': 'edge',
      'issuer-kind': 'ClusterIssuer',
      'issuer-group': 'example.com',
      'common-name': '$POD_NAME',
      'dns-names': '${SERVICE_ACCOUNT_NAME}.${POD_NAMESPACE}.svc, \n web.example ,',
      'uri-sans': 'spiffe://cluster.local/ns/$POD_NAMESPACE/sa/$SERVICE_ACCOUNT_NAME',
      'ip-sans': '192.0.2.7,2001:DB8::0007',
      duration: '24h',
      'is-ca': 'true',
      'key-usages': 'server auth, client auth',
      'key-algorithm': 'ecdsa',
      'key-size': '384',
      'key-encoding': 'pkcs8',
      'ca-file': 'root.pem',
      'certificate-file': 'chain.pem',
      'privatekey-file': 'key.pem',
      'fs-group': '2000',
      'renew-before': '90m',
      'reuse-private-key': 'true',
      'podcert.io/verify': 'strict',
      'podcert.io/chain-file': 'above.pem',
      'podcert.io/combined-file': 'all.pem',
      'podcert.io/combined-order': 'leaf, key',
      'podcert.io/der': 'true',
      'podcert.io/file-mode': '0444',
      'pkcs12-enable': 'true',
      'pkcs12-filename': 'my.p12',
      'pkcs12-password': '$POD_NAME',
      'podcert.io/pkcs12-profile': 'Legacy',
      'podcert.io/truststore-file': 'trust.p12',
      'policy.example.com/Approve': ' as is $POD_NAME ',
    });
    assert.deepEqual(spec, {
      pod: accepted().pod,
      issuer: { name: 'edge', kind: 'ClusterIssuer', group: 'example.com' },
      wanted: {
        subject: [[{ oid: '2.5.4.3', value: { kind: 'text', text: 'web-6d4cf56db6-x7k2p' } }]],
        dnsNames: ['web.shop.svc', 'web.example'],
        ipAddresses: ['192.0.2.7', '2001:db8::7'],
        uris: ['spiffe://cluster.local/ns/shop/sa/web'],
        durationMs: 24 * HOUR_MS,
        isCa: true,
        usages: ['server auth', 'client auth'],
      },
      key: { algorithm: 'ECDSA', bits: 384, encoding: 'PKCS8' },
      verification: 'strict',
      files: {
        caFile: 'root.pem',
        certificateFile: 'chain.pem',
        keyFile: 'key.pem',
        chainFile: 'above.pem',
        combined: { file: 'all.pem', order: ['leaf', 'key'] },
        der: { certificateFile: 'tls.der', keyFile: 'key.der' },
        keystores: { file: 'my.p12', truststoreFile: 'trust.p12', password: '$POD_NAME', profile: 'Legacy' },
        mode: 0o444,
        fsGroup: 2000,
      },
      annotations: { 'policy.example.com/Approve': ' as is $POD_NAME ' },
      renewBeforeMs: 90 * MINUTE_MS,
      reusePrivateKey: true,
      needsPod: false,
      unknownAttributes: [],
    } satisfies VolumeSpec);
  });

  it('is the same when read again from what a record stores', () => {
    const request = publishRequest({ 'dns-names': '$POD_NAME', 'csi.storage.k8s.io/serviceAccount.tokens': '{"":{"token":"t"}}' });
    assert.deepEqual(
      parseSpec({ ...request, attributes: storableAttributes(request.attributes) }, SURROUNDINGS),
      parseSpec(request, SURROUNDINGS),
    );
  });

  it('has kubelet’s group unless the pod names another', () => {
    assert.equal(accepted({}, { volumeMountGroup: '3000' }).files.fsGroup, 3000);
    assert.equal(accepted({}, { volumeMountGroup: '0' }).files.fsGroup, 0);
    assert.equal(accepted({ 'fs-group': '2000' }, { volumeMountGroup: '3000' }).files.fsGroup, 2000);
  });
});

describe('a refusal', () => {
  it('tells all problems of a request at once, each with field, value and cure', () => {
    const request = publishRequest(
      {
        'issuer-name': '',
        'csi.storage.k8s.io/pod.uid': '',
        'common-name': '$POD_HOST',
        'ip-sans': '10.0.0.256,::1,x',
        duration: '90d',
        'key-size': '1024',
        'privatekey-file': '../tls.key',
        'pkcs12-password': 'hunter2',
        dnsnames: 'a',
        'podcert.io/verfy': 'key',
      },
      { volumeId: '../x', readOnly: false },
    );
    const result = parseSpec(request, SURROUNDINGS);
    assert.equal(result.kind, 'refused');
    const problems = result.kind === 'refused' ? result.problems : [];
    const message = invalidRequest('Cannot publish', problems).message;
    assert.equal(problems.length, 13, message);
    assert.ok(problems.every(({ cure }) => cure.length > 0));
    for (const part of [
      'volume_id "../x"',
      'readonly',
      'pod.uid',
      'issuer-name',
      '"$POD_HOST"',
      '"10.0.0.256"',
      '"x"',
      '"90d"',
      '"1024"',
      '"../tls.key"',
      'csi.cert-manager.io/dns-names',
      'podcert.io/verify',
    ]) {
      assert.ok(message.includes(part), `${part} in ${message}`);
    }
    assert.ok(!message.includes('hunter2'), 'a password is never shown');
  });

  it('of pods that kubelet does not describe is about nothing else', () => {
    const attributes = { 'csi.storage.k8s.io/pod.name': '', 'common-name': '$POD_NAME', 'uri-sans': 'spiffe://x/$POD_NAME' };
    assert.deepEqual(refusals(attributes), ['csi.storage.k8s.io/pod.name']);
  });

  it('of very many problems shows the first, and that there are more', () => {
    const result = parseSpec(publishRequest({ 'uri-sans': ','.repeat(999) }), SURROUNDINGS);
    const problems = result.kind === 'refused' ? result.problems : [];
    assert.equal(problems.length, 51);
    assert.match(problems.at(-1)?.why ?? '', /more problems/);
  });
});

describe('the fields of NodePublishVolume', () => {
  const sound: readonly Partial<PublishRequest>[] = [
    { volumeId: 'sanity-1' },
    { volumeId: 'a'.repeat(128) },
    { targetPath: '/t' },
    { targetPath: '/a b/Ω/..c' },
    { accessMode: 'SINGLE_NODE_READER_ONLY' },
    { volumeMountGroup: '4294967294' },
  ];
  for (const fields of sound) {
    it(`may be ${JSON.stringify(fields).slice(0, 60)}`, () => assert.ok(accepted({}, fields)));
  }

  const wrong: readonly (readonly [Partial<PublishRequest>, field: string])[] = [
    ...['', '..', '.x', '-x', 'a/b', 'a\0', 'a\n', 'ü', 'a'.repeat(129)].map(
      (volumeId) => [{ volumeId }, `volume_id ${JSON.stringify(volumeId)}`] as const,
    ),
    ...['', 't', './t', '/', '/a/', '/a//b', '/a/../b', '/a/.', '/a\0b', '/\ud800', `/${'a'.repeat(4096)}`].map(
      (targetPath) => [{ targetPath }, `target_path ${JSON.stringify(targetPath)}`] as const,
    ),
    ...['-1', '1.5', '0x10', ' 1', '4294967295', '99999999999'].map(
      (volumeMountGroup) =>
        [{ volumeMountGroup }, `volume_capability.mount.volume_mount_group ${JSON.stringify(volumeMountGroup)}`] as const,
    ),
    [{ readOnly: false }, 'readonly'],
    [{ access: 'block' }, 'volume_capability "block"'],
    [{ access: 'none' }, 'volume_capability'],
  ];
  for (const [fields, refusal] of wrong) {
    it(`are refused when they are ${JSON.stringify(fields).slice(0, 60)}`, () => assert.deepEqual(refusals({}, fields), [refusal]));
  }

  const kubelet: readonly (readonly [key: string, value: string])[] = [
    ['ephemeral', ''],
    ['ephemeral', 'false'],
    ['ephemeral', 'True'],
    ['pod.name', 'Web'],
    ['pod.name', 'web,admin.example'],
    ['pod.name', 'a'.repeat(254)],
    ['pod.namespace', 'a.b'],
    ['pod.namespace', 'a'.repeat(64)],
    ['pod.uid', '../1'],
    ['serviceAccount.name', 'a\n'],
  ];
  for (const [key, value] of kubelet) {
    const field = `csi.storage.k8s.io/${key}`;
    it(`are refused when kubelet’s ${key} is ${JSON.stringify(value).slice(0, 40)}`, () => {
      const shown = value === '' && key !== 'ephemeral' ? field : `${field} ${JSON.stringify(value)}`;
      assert.deepEqual(refusals({ [field]: value }), [shown]);
    });
  }
});
