import type { Kubectl } from './kubectl.ts';

/** What we read of any object of the API. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
}

/** A core/v1 Pod, as far as we read it. */
export interface PodObject extends KubernetesObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly containers?: readonly { readonly image?: string; readonly args?: readonly string[] }[];
    readonly volumes?: readonly { readonly name: string; readonly csi?: { readonly driver: string } }[];
  };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

/** A condition of whatever has some. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Large lists come in pieces (Kubernetes API concepts, "Retrieving large results sets in chunks"). */
const PIECE = 500;

/** All objects of a collection. @param path of it, perhaps with a query. @throws {KubectlFailure} */
export async function listObjects<Item extends KubernetesObject>(
  kubectl: Kubectl,
  path: string,
  signal: AbortSignal,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let next: string | undefined = '';
  while (next !== undefined) {
    const query = `limit=${PIECE}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
    const page: ListPage<Item> = await kubectl.get(`${path}${path.includes('?') ? '&' : '?'}${query}`, signal);
    items.push(...(page.items ?? []));
    next = page.metadata?.continue || undefined;
  }
  return items;
}

/** Pods of one namespace, or of all, that match a selector, if one is given. @throws {KubectlFailure} */
export function listPods(kubectl: Kubectl, place: PodPlace, signal: AbortSignal): Promise<readonly PodObject[]> {
  const { namespace, selector } = place;
  const path = namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  return listObjects(kubectl, selector === undefined ? path : `${path}?labelSelector=${encodeURIComponent(selector)}`, signal);
}

export interface PodPlace {
  readonly namespace?: string | undefined;
  readonly selector?: string | undefined;
}

interface ListPage<Item> {
  readonly items?: readonly Item[];
  readonly metadata?: { readonly continue?: string };
}
