import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STARTUP_TAINT } from '../../node-agent/startup-taint.ts';
import { addedByComponent } from './component.ts';
import { only, readFolder } from './read.ts';

const added = addedByComponent('startup-taint');
const policy = only(added, 'ValidatingAdmissionPolicy');
const binding = only(added, 'ValidatingAdmissionPolicyBinding');

describe('the component startup-taint', () => {
  it('gives the right to patch nodes in the file of the policy that limits it, and to the driver alone', () => {
    assert.deepEqual(only(added, 'ClusterRole').rules, [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] }]);
    const { name, namespace } = only(readFolder('.'), 'ServiceAccount').metadata;
    assert.deepEqual(only(added, 'ClusterRoleBinding').subjects, [{ kind: 'ServiceAccount', name, namespace }]);
    assert.equal(added.length, 4);
    assert.deepEqual(binding.spec, { policyName: policy.metadata.name, validationActions: ['Deny'] });
  });

  it('judges every change of a node by the driver’s account, and refuses where it cannot', () => {
    const { name, namespace } = only(readFolder('.'), 'ServiceAccount').metadata;
    assert.equal(policy.spec?.failurePolicy, 'Fail');
    assert.deepEqual(
      policy.spec?.matchConditions?.map(({ expression }) => expression),
      [`request.userInfo.username == 'system:serviceaccount:${namespace}:${name}'`],
    );
    const rule = { apiGroups: [''], apiVersions: ['*'], resources: ['nodes'], operations: ['UPDATE'] };
    assert.deepEqual(policy.spec?.matchConstraints?.resourceRules, [rule]);
  });

  it('names the taint that the driver removes', () => {
    const expressions = policy.spec?.validations?.map(({ expression }) => expression) ?? [];
    assert.equal(expressions.filter((expression) => expression.includes(`taint.key != '${STARTUP_TAINT}'`)).length, 1);
  });
});
