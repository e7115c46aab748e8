import type { Field } from './field-bench.ts';

/** Deletes the requests of pods that are gone, as kube-controller-manager does with what they own. @returns how many there were. */
export async function collectGarbage(field: Field, isGone: (podUid: string) => boolean): Promise<number> {
  const requests = await field.cluster.requests();
  const owned = requests.filter(({ metadata }) => {
    const owners = metadata['ownerReferences'] as readonly { readonly kind: string; readonly uid: string }[];
    return owners.length > 0 && owners.every(({ kind, uid }) => kind === 'Pod' && isGone(uid));
  });
  for (const { metadata } of owned) await field.cluster.client.call('DELETE', pathOf(metadata.namespace, metadata.name));
  return owned.length;
}

function pathOf(namespace = '', name = ''): string {
  return `/apis/cert-manager.io/v1/namespaces/${namespace}/certificaterequests/${name}`;
}
