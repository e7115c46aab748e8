import { formatGoDuration } from '../../go-duration.ts';
import type { ApiObject, Resource } from '../../kubernetes/api-object.ts';
import type { ObjectKey } from '../../kubernetes/object-cache.ts';
import type { Order } from '../../ports.ts';
import { identifierHash } from './identifier-hash.ts';
import { readState, type RequestState } from './request-state.ts';

/** Where the API has them. */
export const CERTIFICATE_REQUESTS: Resource = { group: 'cert-manager.io', version: 'v1', plural: 'certificaterequests' };

const NODE_LABEL = 'csi.cert-manager.io/node-id-hash';
const VOLUME_LABEL = 'csi.cert-manager.io/volume-id-hash';

/** The node's name in full: an admission policy can compare it with what a token says, which it cannot do with a hash. No pod can set it. */
export const NODE_ANNOTATION = 'podcert.io/node';

/** What we keep of a CertificateRequest. */
export interface CertificateRequest extends ObjectKey {
  readonly volumeHash: string;
  /** The node it says that it was made on; absent where it was made by cert-manager's csi-driver, or a moment ago by us. */
  readonly node?: string;
  /** The uids of the pods that own it: hashes of 32 bits collide, uids do not. */
  readonly podUids: readonly string[];
  /** By the clock of the API server; undefined until it is told. */
  readonly createdAt: Date | undefined;
  readonly state: RequestState;
}

/** Selects the requests of one node, and of others whose names have the same hash. */
export function nodeSelector(nodeId: string): string {
  return `${NODE_LABEL}=${identifierHash(nodeId)}`;
}

/** The object to create for an order (cert-manager.io/v1 `CertificateRequest`), laid out as csi-lib does. */
export function requestManifest(order: Order, name: string, nodeId: string): object {
  const { pod, issuer, wanted } = order;
  return {
    apiVersion: `${CERTIFICATE_REQUESTS.group}/${CERTIFICATE_REQUESTS.version}`,
    kind: 'CertificateRequest',
    metadata: {
      name,
      namespace: pod.namespace,
      labels: { [NODE_LABEL]: identifierHash(nodeId), [VOLUME_LABEL]: identifierHash(order.volumeId) },
      annotations: { ...order.annotations, [NODE_ANNOTATION]: nodeId },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid }],
    },
    spec: {
      request: Buffer.from(order.csrPem).toString('base64'),
      issuerRef: { name: issuer.name, kind: issuer.kind, group: issuer.group },
      duration: formatGoDuration(wanted.durationMs),
      isCA: wanted.isCa,
      usages: wanted.usages,
    },
  };
}

/** The request as it is right after it was created. */
export function newRequest(order: Order, name: string): CertificateRequest {
  const { namespace, uid } = order.pod;
  return { namespace, name, volumeHash: identifierHash(order.volumeId), podUids: [uid], createdAt: undefined, state: readState(undefined) };
}

/** Trims an object of the API to what we keep. */
export function readRequest({ metadata, status }: ApiObject): CertificateRequest {
  const { namespace, name, labels, annotations, ownerReferences, creationTimestamp } = metadata;
  const node = annotations[NODE_ANNOTATION];
  return {
    namespace,
    name,
    volumeHash: labels[VOLUME_LABEL] ?? '',
    ...(node !== undefined && { node }),
    podUids: ownerReferences.filter(({ kind }) => kind === 'Pod').map(({ uid }) => uid),
    createdAt: readInstant(creationTimestamp),
    state: readState(status),
  };
}

/** The request without its certificate, which is kilobytes, if it has one. */
export function withoutCertificate(request: CertificateRequest): CertificateRequest {
  return request.state.kind === 'issued' ? { ...request, state: { kind: 'issued' } } : request;
}

/** The request as a message names it. */
export function named({ namespace, name }: ObjectKey): string {
  return `CertificateRequest "${namespace}/${name}"`;
}

function readInstant(text: string): Date | undefined {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
