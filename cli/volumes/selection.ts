import type { Context } from '../context.ts';
import { KubectlFailure } from '../kubectl/kubectl-failure.ts';
import { listPods, type PodObject } from '../kubectl/objects.ts';
import { UsageFailure } from '../failure.ts';
import type { DriverPod } from '../nodes/driver-pods.ts';
import type { NodeVolume } from './volume.ts';

/** Which volumes a command is about, and on which nodes they can be; undefined where they can be on any. */
export interface Selection {
  readonly nodes: ReadonlySet<string> | undefined;
  includes(volume: NodeVolume): boolean;
}

/** Reads `--namespace`, `--node`, `--issuer` and, with the API's help, `--selector`. @throws {KubectlFailure} @throws {UsageFailure} */
export async function readSelection({ kubectl, values }: Context, signal: AbortSignal): Promise<Selection> {
  const namespace = values.text('namespace');
  if (namespace !== undefined && values.isSet('all-namespaces'))
    throw new UsageFailure('--namespace and --all-namespaces exclude each other', 'leave one out');
  const selector = values.text('selector');
  const pods = selector === undefined ? undefined : await listPods(kubectl, { namespace, selector }, signal);
  const uids = pods && new Set(pods.map(({ metadata }) => metadata.uid));
  const node = values.text('node');
  const isIssuer = issuerTest(values.text('issuer'));
  return {
    nodes: node === undefined ? pods && nodesOf(pods) : new Set([node]),
    includes: (volume) =>
      (namespace === undefined || volume.pod?.namespace === namespace) &&
      (uids === undefined || uids.has(volume.pod?.uid)) &&
      isIssuer(volume),
  };
}

/** The volumes of one pod, and its node where the user may look it up. @throws {KubectlFailure} also where there is no such pod. */
export async function selectPod(
  { kubectl, values }: Context,
  name: string,
  signal: AbortSignal,
): Promise<Selection & { readonly namespace: string }> {
  const namespace = values.text('namespace') ?? (await kubectl.currentNamespace(signal));
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const pod = await kubectl.get<PodObject>(path, signal).catch((error: unknown) => {
    // Who may not look all the same may ask every node.
    if (error instanceof KubectlFailure && error.kind === 'forbidden') return undefined;
    throw error;
  });
  const volume = values.text('volume');
  return {
    namespace,
    nodes: pod && nodesOf([pod]),
    includes: (each) =>
      each.pod?.namespace === namespace &&
      each.pod.name === name &&
      (pod === undefined || each.pod.uid === pod.metadata.uid) &&
      (volume === undefined || each.volume === volume),
  };
}

/** The drivers on the nodes of a selection. @throws {UsageFailure} where `--node` names one without a driver. */
export function driversOf({ nodes }: Selection, drivers: readonly DriverPod[], named?: string): readonly DriverPod[] {
  if (named !== undefined && !drivers.some(({ node }) => node === named)) {
    const known = drivers.map(({ node }) => node).slice(0, 10);
    throw new UsageFailure(`No driver runs on a node "${named}"`, `write one of ${known.join(', ')}${drivers.length > 10 ? ', …' : ''}`);
  }
  return nodes === undefined ? drivers : drivers.filter(({ node }) => nodes.has(node));
}

function nodesOf(pods: readonly PodObject[]): ReadonlySet<string> {
  return new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []));
}

/** `name` or `Kind/name`, the kind in any case. */
function issuerTest(wanted: string | undefined): (volume: NodeVolume) => boolean {
  if (wanted === undefined) return () => true;
  const [name, kind] = wanted.split('/').toReversed();
  return ({ issuer }) => issuer?.name === name && (kind === undefined || issuer?.kind.toLowerCase() === kind.toLowerCase());
}
