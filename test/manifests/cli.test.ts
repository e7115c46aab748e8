import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadAll } from 'js-yaml';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1ClusterRole, V1ClusterRoleBinding, V1Role, V1RoleBinding } from '@kubernetes/client-node';
import { DRIVER_LABEL, MANIFESTS_NAMESPACE } from '../../cli/nodes/driver-pods.ts';
import { MANIFESTS, only, readFolder } from './read.ts';

const [role, roleBinding, clusterRole, clusterRoleBinding, ...others] = loadAll(readFileSync(join(MANIFESTS, 'cli/rbac.yaml'), 'utf8')) as [
  V1Role,
  V1RoleBinding,
  V1ClusterRole,
  V1ClusterRoleBinding,
];

describe('the example role of kubectl podcert', () => {
  it('lets ports be forwarded in the driver’s namespace alone, and nothing be executed, proxied, changed or read of Secrets', () => {
    assert.deepEqual(role.rules, [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      { apiGroups: [''], resources: ['pods/portforward'], verbs: ['create'] },
    ]);
    assert.equal(role.metadata?.namespace, only(readFolder('.'), 'ServiceAccount').metadata.namespace);
    for (const { resources = [], verbs } of clusterRole.rules ?? []) {
      if (resources.includes('subjectaccessreviews')) assert.deepEqual(verbs, ['create']);
      else
        assert.deepEqual(
          verbs.filter((verb) => !['get', 'list'].includes(verb)),
          [],
        );
      assert.ok(resources.every((resource) => !resource.includes('/') && !['secrets', '*'].includes(resource)));
    }
  });

  it('is bound, in both its parts, to one group', () => {
    assert.deepEqual([roleBinding.roleRef.name, clusterRoleBinding.roleRef.name], [role.metadata?.name, clusterRole.metadata?.name]);
    const group = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'podcert-operators' }];
    assert.deepEqual([roleBinding.subjects, clusterRoleBinding.subjects], [group, group]);
    assert.deepEqual(others, []);
  });

  it('is for where the manifests put the driver, with the label that the program looks for', () => {
    const { metadata, spec } = only(readFolder('.'), 'DaemonSet');
    assert.equal(metadata?.namespace, MANIFESTS_NAMESPACE);
    const [key, value] = DRIVER_LABEL.split('=');
    assert.equal(spec?.template.metadata?.labels?.[key!], value);
  });
});
