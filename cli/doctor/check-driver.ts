import type { DriverPod } from '../nodes/driver-pods.ts';
import type { ClusterFacts, CsiDriver, DaemonSet } from './cluster-facts.ts';
import { failed, hidden, ok, warning, type Finding } from './finding.ts';

const TAINT = 'podcert.io/agent-not-ready';
const APPLY = 'apply manifests/3-csi-driver.yaml, or the chart';

/** The CSIDriver object against what manifests/3-csi-driver.yaml has. */
export function checkCsiDriver({ csiDriver }: ClusterFacts, driverName: string, drivers: readonly DriverPod[]): Finding {
  const name = 'csi-driver-object';
  if (csiDriver.kind === 'hidden') return hidden(name, csiDriver);
  if (csiDriver.kind === 'absent')
    return failed(name, `There is no CSIDriver "${driverName}": kubelet tells the driver nothing of pods`, APPLY);
  const wrong = wrongFields(
    csiDriver.value,
    drivers.some(({ args }) => usesTokens(args)),
  );
  if (wrong.length === 0) return ok(name, `CSIDriver "${driverName}" says what the driver needs`);
  const cure = `${APPLY}; attachRequired and volumeLifecycleModes cannot be changed, so delete the object first (volumes stay)`;
  return failed(name, `CSIDriver "${driverName}" has ${wrong.join(', ')}`, cure);
}

function wrongFields({ spec }: CsiDriver, isByTokens: boolean): readonly string[] {
  const { attachRequired = true, podInfoOnMount = false, requiresRepublish = false, volumeLifecycleModes = ['Persistent'] } = spec;
  const { fsGroupPolicy = 'ReadWriteOnceWithFSType', tokenRequests = [] } = spec;
  const hasToken = tokenRequests.some(({ audience }) => audience === '');
  return [
    ...(attachRequired ? ['attachRequired true, not false'] : []),
    ...(podInfoOnMount ? [] : ['podInfoOnMount false, not true']),
    ...(volumeLifecycleModes.includes('Ephemeral') ? [] : ['volumeLifecycleModes without Ephemeral']),
    ...(fsGroupPolicy === 'File' ? ['fsGroupPolicy File, with which kubelet changes files of a read-only volume; not None'] : []),
    ...(isByTokens && !(requiresRepublish && hasToken)
      ? ['no requiresRepublish with tokenRequests for audience "", which --use-token-request needs']
      : []),
  ];
}

/** Whether the DaemonSet has rolled out, and whether each node has a driver. */
export function checkDaemonSet({ daemonSets, nodes }: ClusterFacts, drivers: readonly DriverPod[]): readonly Finding[] {
  const name = 'daemon-set';
  const covered = new Set(drivers.map(({ node }) => node));
  const bare = nodes.kind === 'known' ? nodes.value.filter(({ metadata }) => isLinux(metadata.labels) && !covered.has(metadata.name)) : [];
  const coverage = bare.map(({ metadata }) => ({
    ...warning(
      'driver-on-node',
      `Node "${metadata.name}" has no driver: pods with volumes wait there`,
      `look at nodeSelector and tolerations of the DaemonSet`,
    ),
    node: metadata.name,
  }));
  const rollout =
    daemonSets.kind === 'known'
      ? [daemonSets.value.length === 0 ? failed(name, 'No DaemonSet has the label of the driver', 'install it: manifests/README.md') : []]
          .flat()
          .concat(daemonSets.value.map(checkRollout))
      : [
          daemonSets.kind === 'hidden'
            ? hidden(name, daemonSets)
            : failed(name, 'The driver has no namespace', 'install it: manifests/README.md'),
        ];
  const uncovered = nodes.kind === 'hidden' ? [hidden('driver-on-node', nodes)] : coverage;
  return [...rollout, ...(uncovered.length === 0 ? [ok('driver-on-node', `Each Linux node has a driver (${covered.size})`)] : uncovered)];
}

function checkRollout({ metadata, status = {} }: DaemonSet): Finding {
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberReady = 0, observedGeneration = 0 } = status;
  const what = `DaemonSet "${metadata.name}": ${numberReady} of ${desiredNumberScheduled} ready, ${updatedNumberScheduled} as its template says`;
  const isDone = numberReady >= desiredNumberScheduled && updatedNumberScheduled >= desiredNumberScheduled;
  const isSeen = observedGeneration >= (metadata.generation ?? 0);
  if (isDone && isSeen && desiredNumberScheduled > 0) return ok('daemon-set', what);
  const cure = `kubectl -n ${metadata.namespace} rollout status daemonset/${metadata.name}, then describe the pods that are not Ready`;
  return failed('daemon-set', what, cure);
}

/** Whether kubelet of each node with a driver knows it. */
export function checkRegistration({ csiNodes }: ClusterFacts, driverName: string, drivers: readonly DriverPod[]): readonly Finding[] {
  const name = 'csi-node';
  if (csiNodes.kind === 'hidden') return [hidden(name, csiNodes)];
  const objects = csiNodes.kind === 'known' ? csiNodes.value : [];
  const registered = new Set(
    objects.filter(({ spec }) => spec.drivers?.some((each) => each.name === driverName)).map(({ metadata }) => metadata.name),
  );
  const missing = drivers.filter(({ node }) => !registered.has(node));
  if (missing.length === 0) return [ok(name, `kubelet has registered "${driverName}" on each node with a driver (${drivers.length})`)];
  const cure = "look for the plugins_registry folder in the DaemonSet (kubelet's folder may be another one), and into the driver's log";
  return missing.map(({ node }) => ({ ...failed(name, `kubelet of node "${node}" does not know "${driverName}"`, cure), node }));
}

/** Nodes that still keep pods away. */
export function checkTaint({ nodes }: ClusterFacts, drivers: readonly DriverPod[]): readonly Finding[] {
  const name = 'startup-taint';
  if (nodes.kind !== 'known') return nodes.kind === 'hidden' ? [hidden(name, nodes)] : [];
  const tainted = nodes.value.filter(({ spec }) => spec.taints?.some(({ key }) => key === TAINT));
  if (tainted.length === 0) return [ok(name, `No node has the taint ${TAINT}`)];
  const isRemoved = drivers.some(({ args }) => args.some((arg) => /^--remove-startup-taint(?:=true)?$/.test(arg)));
  const cure = isRemoved
    ? 'its events say why the driver could not remove it (kubectl describe node)'
    : 'apply the component manifests/startup-taint, or take the taint off the node';
  return tainted.map(({ metadata }) => ({
    ...failed(name, `Node "${metadata.name}" has the taint ${TAINT}: no pods come`, cure),
    node: metadata.name,
  }));
}

/** Whether the namespace lets the privileged container in (Pod Security Admission). */
export function checkPodSecurity({ driverNamespace }: ClusterFacts, namespace: string): Finding {
  const name = 'pod-security';
  if (driverNamespace.kind === 'hidden') return hidden(name, driverNamespace);
  const level =
    driverNamespace.kind === 'known' ? driverNamespace.value.metadata.labels?.['pod-security.kubernetes.io/enforce'] : undefined;
  const cure = `kubectl label --overwrite namespace ${namespace} pod-security.kubernetes.io/enforce=privileged`;
  if (level === 'privileged') return ok(name, `Namespace "${namespace}" allows privileged pods`);
  if (level === undefined)
    return warning(name, `Namespace "${namespace}" does not say that it allows privileged pods: the cluster's default counts`, cure);
  return failed(name, `Namespace "${namespace}" enforces "${level}": it lets no new pod of the driver in`, cure);
}

/** Whether a driver has pods' own accounts ask for certificates. */
export function usesTokens(args: readonly string[]): boolean {
  return args.some((arg) => /^--use-token-request(?:=true)?$/.test(arg));
}

function isLinux(labels: Readonly<Record<string, string>> = {}): boolean {
  return (labels['kubernetes.io/os'] ?? 'linux') === 'linux';
}
