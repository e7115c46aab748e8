import { CliFailure } from '../failure.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { KubectlFailure } from '../kubectl/kubectl-failure.ts';
import { listObjects, type Condition, type KubernetesObject } from '../kubectl/objects.ts';
import { DRIVER_LABEL } from '../nodes/driver-pods.ts';
import type { Fact } from './finding.ts';

/** storage.k8s.io/v1 CSIDriver. */
export interface CsiDriver extends KubernetesObject {
  readonly spec: {
    readonly attachRequired?: boolean;
    readonly podInfoOnMount?: boolean;
    readonly requiresRepublish?: boolean;
    readonly fsGroupPolicy?: string;
    readonly volumeLifecycleModes?: readonly string[];
    readonly tokenRequests?: readonly { readonly audience: string }[];
  };
}

/** storage.k8s.io/v1 CSINode; kubelet writes it. */
export interface CsiNode extends KubernetesObject {
  readonly spec: { readonly drivers?: readonly { readonly name: string }[] | null };
}

/** apps/v1 DaemonSet. */
export interface DaemonSet extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
  };
}

/** core/v1 Node. */
export interface NodeObject extends KubernetesObject {
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly nodeInfo?: { readonly kubeletVersion?: string } };
}

/** apps/v1 Deployment. */
export interface Deployment extends KubernetesObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly availableReplicas?: number };
}

/** apiextensions.k8s.io/v1 CustomResourceDefinition. */
export interface Definition extends KubernetesObject {
  readonly spec: { readonly versions: readonly { readonly name: string; readonly served: boolean }[] };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** cert-manager.io/v1 CertificateRequest. */
export interface CertificateRequest extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** What the API says of everything that the drivers need; what the user may not see is `hidden`. */
export interface ClusterFacts {
  readonly csiDriver: Fact<CsiDriver>;
  readonly csiNodes: Fact<readonly CsiNode[]>;
  readonly daemonSets: Fact<readonly DaemonSet[]>;
  readonly nodes: Fact<readonly NodeObject[]>;
  readonly driverNamespace: Fact<KubernetesObject>;
  readonly definition: Fact<Definition>;
  readonly certManager: Fact<readonly Deployment[]>;
  readonly webhooks: Fact<readonly KubernetesObject[]>;
  readonly requests: Fact<readonly CertificateRequest[]>;
  readonly version: Fact<{ readonly gitVersion: string }>;
}

/** cert-manager's own label on what belongs to it. */
const CERT_MANAGER = 'app.kubernetes.io/instance=cert-manager';

/** Asks for all of it at once. */
export async function gatherFacts(kubectl: Kubectl, driverName: string, namespace: string, signal: AbortSignal): Promise<ClusterFacts> {
  const get = <Value>(path: string) => toFact<Value>(kubectl.get(path, signal), signal);
  const list = <Value extends KubernetesObject>(path: string) => toFact(listObjects<Value>(kubectl, path, signal), signal);
  const facts = {
    csiDriver: get<CsiDriver>(`/apis/storage.k8s.io/v1/csidrivers/${encodeURIComponent(driverName)}`),
    csiNodes: list<CsiNode>('/apis/storage.k8s.io/v1/csinodes'),
    daemonSets: list<DaemonSet>(`/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/daemonsets?${selector(DRIVER_LABEL)}`),
    nodes: list<NodeObject>('/api/v1/nodes'),
    driverNamespace: get<KubernetesObject>(`/api/v1/namespaces/${encodeURIComponent(namespace)}`),
    definition: get<Definition>('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/certificaterequests.cert-manager.io'),
    certManager: list<Deployment>(`/apis/apps/v1/deployments?${selector(CERT_MANAGER)}`),
    webhooks: list<KubernetesObject>(`/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations?${selector(CERT_MANAGER)}`),
    requests: list<CertificateRequest>('/apis/cert-manager.io/v1/certificaterequests'),
    version: get<{ readonly gitVersion: string }>('/version'),
  };
  const known = await Promise.all(Object.entries(facts).map(async ([name, fact]) => [name, await fact] as const));
  return Object.fromEntries(known) as unknown as ClusterFacts;
}

/** A call that failed as a fact. @throws what is no {@link CliFailure}, and `signal.reason` once aborted. */
export async function toFact<Value>(call: Promise<Value>, signal: AbortSignal): Promise<Fact<Value>> {
  try {
    return { kind: 'known', value: await call };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CliFailure)) throw error;
    if (error instanceof KubectlFailure && error.kind === 'not-found') return { kind: 'absent' };
    return { kind: 'hidden', why: error.message, ...(error.cure !== undefined && { cure: error.cure }) };
  }
}

function selector(label: string): string {
  return `labelSelector=${encodeURIComponent(label)}`;
}
