import { getJson } from './cluster-access.ts';

/** What we read of a CertificateRequest. */
export interface CertificateRequest {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly uid: string }[];
  };
  readonly spec: { readonly username?: string };
  readonly status?: { readonly certificate?: string; readonly conditions?: readonly { readonly type: string; readonly reason: string }[] };
}

/** The CertificateRequests that pods of a namespace own, the oldest first; those of cert-manager's own Certificates are not among them. */
export async function requestsIn(namespace: string): Promise<CertificateRequest[]> {
  const { items } = await getJson<{ items: CertificateRequest[] }>(['certificaterequests', `--namespace=${namespace}`]);
  const owned = items.filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'Pod'));
  return owned.toSorted((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
}
