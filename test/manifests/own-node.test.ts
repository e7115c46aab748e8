import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CERTIFICATE_REQUESTS, NODE_ANNOTATION } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { only, readFolder, readYaml } from './read.ts';

const plain = readFolder('.');
const added = readFolder('own-node').filter(({ kind }) => kind !== 'Component');
const policy = only(added, 'ValidatingAdmissionPolicy');
const binding = only(added, 'ValidatingAdmissionPolicyBinding');

describe('the component own-node', () => {
  it('adds a policy with its binding, and changes nothing that is there', () => {
    const component = readYaml('own-node/kustomization.yaml') as Record<string, unknown>;
    const { apiVersion: _, ...rest } = component;
    assert.deepEqual(rest, { kind: 'Component', resources: ['policy.yaml'] });
    assert.equal(added.length, 2);
    assert.deepEqual(binding.spec, { policyName: policy.metadata.name, validationActions: ['Deny'] });
  });

  it('judges all that the driver’s account may change of requests, and nobody else’s', () => {
    const { name, namespace } = only(plain, 'ServiceAccount').metadata;
    const [condition, ...others] = policy.spec?.matchConditions ?? [];
    assert.deepEqual(others, []);
    assert.equal(condition?.expression, `request.userInfo.username == 'system:serviceaccount:${namespace}:${name}'`);
    const [rule] = policy.spec?.matchConstraints?.resourceRules ?? [];
    assert.deepEqual([rule?.apiGroups, rule?.resources], [[CERTIFICATE_REQUESTS.group], [CERTIFICATE_REQUESTS.plural]]);
    assert.deepEqual(rule?.operations, ['CREATE', 'UPDATE', 'DELETE']);
  });

  it('refuses where it cannot judge, and compares what the driver writes', () => {
    assert.equal(policy.spec?.failurePolicy, 'Fail');
    for (const { expression } of policy.spec?.variables?.slice(1) ?? [])
      assert.ok(expression.includes(`[?'${NODE_ANNOTATION}']`), expression);
  });
});
