import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1CSIDriver,
  V1DaemonSet,
  V1Deployment,
  V1Namespace,
  V1Service,
  V1ServiceAccount,
  V1ValidatingAdmissionPolicy,
  V1ValidatingAdmissionPolicyBinding,
} from '@kubernetes/client-node';
import { load, loadAll } from 'js-yaml';

export const MANIFESTS = join(import.meta.dirname, '../../manifests');

/** What every object has; the tests fail where one has not. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The objects that `kubectl apply -f <folder>` takes, in its order: files by name, not those of subfolders. */
export function readFolder(folder: string): readonly KubernetesObject[] {
  const names = globSync('*.{yaml,yml,json}', { cwd: join(MANIFESTS, folder) }).toSorted();
  return names.flatMap((name) => loadAll(readFileSync(join(MANIFESTS, folder, name), 'utf8')) as KubernetesObject[]);
}

export function readYaml(path: string): unknown {
  return load(readFileSync(join(MANIFESTS, path), 'utf8'));
}

/** The kinds that the tests look into, as the API describes them. */
interface Kinds {
  readonly ClusterRole: V1ClusterRole;
  readonly ClusterRoleBinding: V1ClusterRoleBinding;
  readonly ConfigMap: V1ConfigMap;
  readonly CSIDriver: V1CSIDriver;
  readonly DaemonSet: V1DaemonSet;
  readonly Deployment: V1Deployment;
  readonly Namespace: V1Namespace;
  readonly Service: V1Service;
  readonly ServiceAccount: V1ServiceAccount;
  readonly ValidatingAdmissionPolicy: V1ValidatingAdmissionPolicy;
  readonly ValidatingAdmissionPolicyBinding: V1ValidatingAdmissionPolicyBinding;
}

/** The one object of a kind, and of a name where there are several. */
export function only<Kind extends keyof Kinds>(
  objects: readonly KubernetesObject[],
  kind: Kind,
  name?: string,
): Kinds[Kind] & KubernetesObject {
  const [found, ...others] = objects.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  if (found === undefined || others.length > 0)
    throw new Error(`There are ${found === undefined ? 'no' : 'several'} ${kind} ${name ?? ''}`);
  return found as Kinds[Kind] & KubernetesObject;
}
