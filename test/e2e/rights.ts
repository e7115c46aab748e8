import { join } from 'node:path';
import { getJson, kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';
import { waitFor } from './wait.ts';

const RIGHTS = join(import.meta.dirname, '../../manifests/2-rbac.yaml');

/** Whether a user may do something, as the API server's authorizer sees it at the moment (authorization.k8s.io/v1 `ResourceAttributes`). */
export async function isAllowed(
  user: string,
  resourceAttributes: Readonly<Record<string, string>>,
  groups: readonly string[] = [],
): Promise<boolean> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user, groups, resourceAttributes } };
  const answer = await kubectl(['create', '--output=json', '--filename=-'], JSON.stringify(review));
  return (JSON.parse(answer) as { readonly status: { readonly allowed: boolean } }).status.allowed;
}

/** Takes the driver's rule about an API group out of its role. When it returns, the API server refuses `verb` on `resource`. */
export async function takeRightAway(verb: string, group: string, resource: string): Promise<void> {
  const role = await getJson<{ readonly rules: readonly { readonly apiGroups: readonly string[] }[] }>(['clusterrole/podcert']);
  const rules = role.rules.filter(({ apiGroups }) => !apiGroups.includes(group));
  await kubectl(['patch', 'clusterrole/podcert', '--type=merge', `--patch=${JSON.stringify({ rules })}`]);
  const account = `system:serviceaccount:${DRIVER_NAMESPACE}:podcert`;
  const isOver = async () => ((await isAllowed(account, { group, resource, verb, namespace: 'default' })) ? undefined : true);
  await waitFor('the driver to have no right', DRIVER_NAMESPACE, 30_000, isOver);
}

/** Gives the driver the rights of the manifests. */
export async function giveRightsBack(): Promise<void> {
  await kubectl(['apply', `--filename=${RIGHTS}`]);
}
