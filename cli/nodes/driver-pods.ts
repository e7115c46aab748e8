import { CliFailure } from '../failure.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { KubectlFailure } from '../kubectl/kubectl-failure.ts';
import { listPods, type PodObject } from '../kubectl/objects.ts';

/** A pod of the driver: the way to one node. */
export interface DriverPod {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly serviceAccount: string;
  readonly args: readonly string[];
  /** Why it cannot be asked, such as `its pod is Pending`; absent for one that runs. */
  readonly isDown?: string;
}

export const DRIVER_LABEL = 'app.kubernetes.io/name=podcert';
/** Where the manifests put the driver. */
export const MANIFESTS_NAMESPACE = 'podcert-system';

/**
 * The drivers, one a node, sorted by node. @param namespace where they are, if it is known.
 * @throws {CliFailure} also where there are none, or where it is not sure which they are. @throws {KubectlFailure}
 */
export async function findDriverPods(kubectl: Kubectl, namespace: string | undefined, signal: AbortSignal): Promise<readonly DriverPod[]> {
  const near = await listPods(kubectl, { namespace: namespace ?? MANIFESTS_NAMESPACE, selector: DRIVER_LABEL }, signal);
  // Anybody's pod may have the label, so no other place counts where the driver has one that it is expected in.
  const pods = near.length > 0 || namespace !== undefined ? near : await listElsewhere(kubectl, signal);
  const placed = pods.filter(({ spec }) => spec.nodeName !== undefined);
  if (placed.length === 0) throw noDriver(namespace ?? (near.length > 0 ? MANIFESTS_NAMESPACE : undefined));
  return onePerNode(placed).toSorted((one, other) => one.node.localeCompare(other.node));
}

/** Those of all namespaces, where one namespace has them all: of two, one may be somebody's who poses as the driver. */
async function listElsewhere(kubectl: Kubectl, signal: AbortSignal): Promise<readonly PodObject[]> {
  const pods = await listPods(kubectl, { selector: DRIVER_LABEL }, signal).catch((error: unknown) => {
    // Who may not look everywhere has looked where the example Role lets them.
    if (error instanceof KubectlFailure && error.kind === 'forbidden') throw noDriver(MANIFESTS_NAMESPACE);
    throw error;
  });
  const namespaces = [...new Set(pods.map(({ metadata }) => metadata.namespace ?? ''))].toSorted();
  if (namespaces.length > 1) {
    const shown = `${namespaces.slice(0, 10).join(', ')}${namespaces.length > 10 ? ', …' : ''}`;
    throw new CliFailure(
      `Cannot tell which pods are the driver's: pods with the label ${DRIVER_LABEL} are in namespaces ${shown}`,
      'name the one where the driver was installed by --driver-namespace',
    );
  }
  return pods;
}

function noDriver(namespace: string | undefined): CliFailure {
  const where = namespace === undefined ? 'any namespace' : `namespace "${namespace}"`;
  return new CliFailure(
    `Cannot find a driver: no pod in ${where} has the label ${DRIVER_LABEL} and a node`,
    'install Podcert (manifests/README.md), name its namespace by --driver-namespace, or choose another cluster by --context',
  );
}

/** While a DaemonSet replaces a node's pod there may be two: the one that runs counts. */
function onePerNode(pods: readonly PodObject[]): readonly DriverPod[] {
  const byNode = new Map<string, DriverPod>();
  for (const pod of pods) {
    const driver = toDriverPod(pod);
    const other = byNode.get(driver.node);
    if (other === undefined || other.isDown !== undefined) byNode.set(driver.node, driver);
  }
  return [...byNode.values()];
}

function toDriverPod({ metadata, spec, status }: PodObject): DriverPod {
  const why = metadata.deletionTimestamp === undefined ? status?.phase : 'Terminating';
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    node: spec.nodeName ?? '',
    serviceAccount: spec.serviceAccountName ?? 'default',
    args: spec.containers?.[0]?.args ?? [],
    ...(why !== 'Running' && { isDown: `its driver's pod "${metadata.name}" is ${why}` }),
  };
}
