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
/** Where the manifests put the driver, for whoever may not look everywhere. */
export const MANIFESTS_NAMESPACE = 'podcert-system';

/**
 * The drivers, one a node, sorted by node. @param namespace where they are, if it is known.
 * @throws {CliFailure} also where there are none. @throws {KubectlFailure}
 */
export async function findDriverPods(kubectl: Kubectl, namespace: string | undefined, signal: AbortSignal): Promise<readonly DriverPod[]> {
  const pods = (await listDriverPods(kubectl, namespace, signal)).filter(({ spec }) => spec.nodeName !== undefined);
  if (pods.length === 0) {
    const where = namespace === undefined ? 'any namespace' : `namespace "${namespace}"`;
    throw new CliFailure(
      `Cannot find a driver: no pod in ${where} has the label ${DRIVER_LABEL} and a node`,
      'install Podcert (manifests/README.md), name its namespace by --driver-namespace, or choose another cluster by --context',
    );
  }
  return onePerNode(pods).toSorted((one, other) => one.node.localeCompare(other.node));
}

async function listDriverPods(kubectl: Kubectl, namespace: string | undefined, signal: AbortSignal): Promise<readonly PodObject[]> {
  try {
    return await listPods(kubectl, { namespace, selector: DRIVER_LABEL }, signal);
  } catch (error) {
    const isRefused = error instanceof KubectlFailure && error.kind === 'forbidden';
    if (!isRefused || namespace !== undefined) throw error;
    // The example Role gives the right in the driver's namespace alone.
    return listPods(kubectl, { namespace: MANIFESTS_NAMESPACE, selector: DRIVER_LABEL }, signal);
  }
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
