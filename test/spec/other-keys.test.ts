import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { comparableAttributes, splitAttributes, storableAttributes, storableSecrets } from '../../node-agent/spec/raw-attributes.ts';
import { SURROUNDINGS, KUBELET_ATTRIBUTES, accepted, publishRequest, refusals } from './publish-request.ts';

describe('an unknown attribute', () => {
  const mistyped: readonly (readonly [name: string, nearest: string])[] = [
    ['csi.cert-manager.io/dns-name', 'dns-names'],
    ['csi.cert-manager.io/commonName', 'common-name'],
    ['csi.cert-manager.io/fsgroup', 'fs-group'],
    ['csi.cert-manager.io/organization', 'organizations'],
    ['csi.cert-manager.io/pkcs12-pasword', 'pkcs12-password'],
    ['podcert.io/verify-strictly-please', 'verify'],
    ['podcert.io/', 'der'],
  ];
  for (const [name, nearest] of mistyped) {
    it(`${name} is refused, and ${nearest} suggested`, () => {
      const result = parseSpec(publishRequest({ [name]: 'x' }), SURROUNDINGS);
      const problems = result.kind === 'refused' ? result.problems : [];
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.value, name);
      assert.match(problems[0]?.cure ?? '', new RegExp(`/${nearest}"`));
    });
  }

  for (const prefix of ['csi.cert-manager.io/', 'podcert.io/']) {
    it(`below ${prefix} costs the node little, as long as it may be and as often as it may come (invariant 10)`, () => {
      const many = Array.from({ length: 200 }, (_, index): [string, string] => [`${prefix}${index}`.padEnd(317, 'ab'), 'x']);
      const before = process.cpuUsage();
      parseSpec(publishRequest(Object.fromEntries(many)), SURROUNDINGS);
      const { user } = process.cpuUsage(before);
      assert.ok(user < 60_000, `${user} µs`);
    });
  }

  it('of a newer csi-driver is accepted and told', () => {
    const spec = accepted({
      'csi.cert-manager.io/wait-for-it': '1',
      'csi.cert-manager.io/jks/alias': 'x',
      'csi.cert-manager.io/empty-one': '',
    });
    assert.deepEqual(spec.unknownAttributes, ['csi.cert-manager.io/wait-for-it', 'csi.cert-manager.io/jks/alias']);
    assert.deepEqual(spec.annotations, {});
  });
});

describe('annotations', () => {
  it('are the keys of other groups, as given', () => {
    const others = {
      'example.com/a': '$X ${',
      'UPPER.example/A_b.c-d': '',
      'constructor/x': '1',
      'csi.cert-manager.io.evil.example/x': '2',
    };
    assert.deepEqual(accepted(others).annotations, others);
  });

  it('are none of the keys without a group, or of kubelet’s', () => {
    const attributes = { ...publishRequest().attributes, plain: '1', __proto__x: '2', 'csi.storage.k8s.io/new': '3' };
    const result = parseSpec(publishRequest({}, { attributes }), SURROUNDINGS);
    assert.deepEqual(result.kind === 'parsed' && result.spec.annotations, {});
  });

  const refused = [
    '/x',
    'a/',
    'a/b/c',
    '__proto__/x',
    'a_b/c',
    '-a/b',
    'a./b',
    'a/-b',
    'a/b.',
    'a b/c',
    'a/b\n',
    'ü/x',
    `a/${'b'.repeat(64)}`,
    `${'a'.repeat(254)}/b`,
  ];
  for (const key of refused) {
    it(`may not be called ${JSON.stringify(key).slice(0, 30)}`, () =>
      assert.deepEqual(refusals({ [key]: 'x' }), [`volumeAttributes ${JSON.stringify(key)}`]));
  }

  it('leave the prototype of objects alone', () => {
    const attributes: Record<string, string> = JSON.parse(
      JSON.stringify(publishRequest().attributes).replace('{', '{"__proto__":"x","constructor":"y",'),
    );
    const result = parseSpec(publishRequest({}, { attributes }), SURROUNDINGS);
    assert.deepEqual(result.kind === 'parsed' && Object.keys(result.spec.annotations), []);
    assert.equal(Object.getPrototypeOf(storableAttributes(attributes)), Object.prototype);
    assert.ok(Object.hasOwn(comparableAttributes(attributes), '__proto__'));
  });
});

describe('raw attributes', () => {
  const tokens = { 'csi.storage.k8s.io/serviceAccount.tokens': '{"":{"token":"secret"}}' };
  const own = { 'csi.cert-manager.io/issuer-name': 'ca', 'example.com/a': 'b', plain: '' };

  it('are stored without tokens', () => {
    assert.deepEqual(storableAttributes({ ...own, ...KUBELET_ATTRIBUTES, ...tokens }), { ...own, ...KUBELET_ATTRIBUTES });
  });
  it('are divided into what the record may hold and the password', () => {
    const secret = { 'csi.cert-manager.io/pkcs12-password': 'hunter2' };
    assert.deepEqual(splitAttributes({ ...own, ...secret }), { open: own, secret });
  });
  it('say which secret is kept: the password alone', () => {
    const secrets = { 'csi.storage.k8s.io/serviceAccount.tokens': 'token', password: 'hunter2', other: 'x' };
    assert.deepEqual(storableSecrets({ attributes: { 'podcert.io/pkcs12-password-key': 'password' }, secrets }), { password: 'hunter2' });
    assert.deepEqual(storableSecrets({ attributes: own, secrets }), {});
  });
  it('are compared without anything of kubelet’s', () => {
    assert.deepEqual(comparableAttributes({ ...own, ...KUBELET_ATTRIBUTES, ...tokens }), own);
  });
});
