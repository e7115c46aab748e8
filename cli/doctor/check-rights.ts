import type { Kubectl } from '../kubectl/kubectl.ts';
import type { DriverPod } from '../nodes/driver-pods.ts';
import { usesTokens } from './check-driver.ts';
import { toFact } from './cluster-facts.ts';
import { failed, hidden, ok, warning, type Fact, type Finding } from './finding.ts';

/** A right of the driver's account in every namespace. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Without it all else works. */
  readonly isDispensable?: true;
}

/** authorization.k8s.io/v1 SubjectAccessReview. */
interface Review {
  readonly status: { readonly allowed: boolean };
}

/** The accounts of the drivers against manifests/2-rbac.yaml, one review a right. */
export async function checkRights(kubectl: Kubectl, drivers: readonly DriverPod[], signal: AbortSignal): Promise<readonly Finding[]> {
  const accounts = new Map(drivers.map((driver) => [`system:serviceaccount:${driver.namespace}:${driver.serviceAccount}`, driver.args]));
  const findings: Finding[] = [];
  for (const [user, args] of accounts) findings.push(await checkAccount(kubectl, user, rightsFor(args), signal));
  return findings;
}

async function checkAccount(kubectl: Kubectl, user: string, rights: readonly Right[], signal: AbortSignal): Promise<Finding> {
  const name = 'rights';
  const missing: Right[] = [];
  for (const right of rights) {
    const fact = await review(kubectl, user, right, signal);
    // Whoever may not ask for one may not ask for any.
    if (fact.kind === 'hidden') return hidden(name, fact);
    if (fact.kind === 'known' && !fact.value.status.allowed) missing.push(right);
  }
  if (missing.length === 0) return ok(name, `"${user}" may do all that the driver does (${rights.length} rights)`);
  const list = missing.map(({ verb, group, resource }) => `${verb} ${group === '' ? resource : `${resource}.${group}`}`).join(', ');
  const cure = 'apply manifests/2-rbac.yaml or the chart again, with the components that are in use';
  const isBearable = missing.every(({ isDispensable }) => isDispensable);
  return (isBearable ? warning : failed)(name, `"${user}" may not ${list}`, cure);
}

function review(kubectl: Kubectl, user: string, { verb, group, resource }: Right, signal: AbortSignal): Promise<Fact<Review>> {
  const object = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: ['system:serviceaccounts', 'system:authenticated'], resourceAttributes: { verb, group, resource } },
  };
  return toFact(kubectl.create<Review>('/apis/authorization.k8s.io/v1/subjectaccessreviews', object, signal), signal);
}

function rightsFor(args: readonly string[]): readonly Right[] {
  const requests = ['delete', 'list', 'watch', ...(usesTokens(args) ? [] : ['create'])];
  const removesTaint = args.some((arg) => /^--remove-startup-taint(?:=true)?$/.test(arg));
  return [
    ...requests.map((verb) => ({ verb, group: 'cert-manager.io', resource: 'certificaterequests' })),
    ...['list', 'watch'].map((verb) => ({ verb, group: '', resource: 'pods' })),
    ...['create', 'patch'].map((verb) => ({ verb, group: 'events.k8s.io', resource: 'events', isDispensable: true as const })),
    ...(removesTaint ? ['get', 'patch'] : []).map((verb) => ({ verb, group: '', resource: 'nodes' })),
  ];
}
