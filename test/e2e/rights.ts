import { kubectl } from './cluster-access.ts';

/** Whether a user may do something, as the API server's authorizer sees it at the moment (authorization.k8s.io/v1 `ResourceAttributes`). */
export async function isAllowed(user: string, resourceAttributes: Readonly<Record<string, string>>): Promise<boolean> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user, resourceAttributes } };
  const answer = await kubectl(['create', '--output=json', '--filename=-'], JSON.stringify(review));
  return (JSON.parse(answer) as { readonly status: { readonly allowed: boolean } }).status.allowed;
}
