import { nodeSelector } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import type { Clock } from '../../node-agent/clock.ts';
import { openApiClient, type ApiClient } from './api-client.ts';
import { startApiServer, type ApiUsers } from './api-server.ts';
import type { StoredObject } from './api-store.ts';
import { openApiUnderTest } from './api-under-test.ts';
import { createCertificateAuthority, type CertificateAuthority } from './certificate-authority.ts';
import { FaultProxy } from './fault-proxy.ts';
import { NodePods } from './node-pods.ts';
import { startSigner } from './signer.ts';
import type { Signature, Verdict } from './signer.ts';

/** The namespace of every pod here: a real API has no other for certain. */
export const NAMESPACE = 'default';

export interface ClusterWorldOptions {
  readonly clock: Clock;
  /** By which an API in this process ends watches and sends bookmarks; default: the machine's. */
  readonly apiClock?: Clock;
  readonly nodeId: string;
  /** What cert-manager decides on a request; default: sign. */
  readonly decide: (request: StoredObject) => Verdict | Promise<Verdict>;
  /** How long what is signed lives. */
  readonly durationMs: number;
  /** What becomes of a request that is to be signed, in place of a certificate for `durationMs`. */
  readonly sign?: (authority: CertificateAuthority, csrPem: string) => Promise<Signature>;
  /** Whether pods' service accounts create their requests; the API then is one in this process. */
  readonly usesPodToken: boolean;
}

/** A Kubernetes API with cert-manager's controllers, which a driver reaches through a proxy where faults are made. */
export interface ClusterWorld {
  /** The pods as others make and change them, past the proxy. */
  readonly nodePods: NodePods;
  readonly proxy: FaultProxy;
  /** Says anything to the API, past the proxy. */
  readonly client: ApiClient;
  readonly authority: CertificateAuthority;
  /** Whose tokens the API knows besides the driver's. */
  readonly users: ApiUsers;
  /** The events that were written on a pod, asked for past the proxy. */
  eventsOn(pod: string): Promise<readonly StoredObject[]>;
  /** The CertificateRequests of this node, asked for past the proxy. */
  requests(): Promise<readonly StoredObject[]>;
  close(): Promise<void>;
}

export async function openClusterWorld(options: ClusterWorldOptions): Promise<ClusterWorld> {
  const { clock, apiClock, nodeId, decide, durationMs, usesPodToken } = options;
  const authority = await createCertificateAuthority({ clock });
  const users: ApiUsers = new Map();
  const server = usesPodToken ? await startApiServer(users, apiClock) : await openApiUnderTest(apiClock);
  const { kubeconfig } = server;
  const proxy = await FaultProxy.start(kubeconfig);
  const sign = options.sign ?? ((by, csrPem) => by.sign(csrPem, { durationMs }));
  const signer = startSigner({ kubeconfig, decide, sign: (csrPem) => sign(authority, csrPem) });
  const client = openApiClient(kubeconfig);
  const nodePods = new NodePods(client, NAMESPACE, nodeId);
  return {
    nodePods,
    proxy,
    client,
    authority,
    users,
    async eventsOn(pod) {
      const { items } = await client.call('GET', `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`);
      return items.filter(({ regarding }) => (regarding as { readonly name: string }).name === pod);
    },
    async requests() {
      const query = { labelSelector: nodeSelector(nodeId) };
      return (await client.call('GET', '/apis/cert-manager.io/v1/certificaterequests', { query })).items;
    },
    async close() {
      await signer.close();
      await nodePods.close();
      client.close();
      await proxy.close();
      await server.close();
    },
  };
}
