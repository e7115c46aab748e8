import { createCertManagerIssuer } from '../../node-agent/issuers/cert-manager/cert-manager-issuer.ts';
import { nodeSelector } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { createKubernetesApi, type KubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { PodWatch } from '../../node-agent/kubernetes/pod-watch.ts';
import type { Clock } from '../../node-agent/clock.ts';
import type { Issuer, Journal, Pods } from '../../node-agent/ports.ts';
import { openApiClient } from './api-client.ts';
import { startApiServer, type ApiUsers } from './api-server.ts';
import type { StoredObject } from './api-store.ts';
import { openApiUnderTest } from './api-under-test.ts';
import { createCertificateAuthority } from './certificate-authority.ts';
import { FaultProxy } from './fault-proxy.ts';
import { NodePods } from './node-pods.ts';
import { startSigner } from './signer.ts';
import type { Verdict } from './signer.ts';

/** The namespace of every pod here: a real API has no other for certain. */
export const NAMESPACE = 'default';

export interface ClusterOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly nodeId: string;
  /** What cert-manager decides on a request; default: sign. */
  readonly decide: (request: StoredObject) => Verdict | Promise<Verdict>;
  /** How long what is signed lives. */
  readonly durationMs: number;
  /** Whether pods' service accounts create their requests; the API then is one in this process. */
  readonly usesPodToken: boolean;
}

/** A Kubernetes API with cert-manager's controllers, and the issuer that reaches it through a proxy where faults are made. */
export interface Cluster {
  readonly issuer: Issuer;
  readonly pods: Pods;
  /** The pods as others make and change them, past the proxy. */
  readonly nodePods: NodePods;
  /** The API through the proxy. */
  readonly api: KubernetesApi;
  readonly proxy: FaultProxy;
  /** Whose tokens the API knows besides the issuer's. */
  readonly users: ApiUsers;
  /** The events that were written on a pod, asked for past the proxy. */
  eventsOn(pod: string): Promise<readonly StoredObject[]>;
  /** The CertificateRequests of this node, asked for past the proxy. */
  requests(): Promise<readonly StoredObject[]>;
  close(): Promise<void>;
}

export async function openCluster({ clock, journal, nodeId, decide, durationMs, usesPodToken }: ClusterOptions): Promise<Cluster> {
  const authority = await createCertificateAuthority({ clock });
  const users: ApiUsers = new Map();
  const server = usesPodToken ? await startApiServer(users) : await openApiUnderTest();
  const { kubeconfig } = server;
  const proxy = await FaultProxy.start(kubeconfig);
  const signer = startSigner({ kubeconfig, decide, sign: (csrPem) => authority.sign(csrPem, { durationMs }) });
  const client = openApiClient(kubeconfig);
  const api = createKubernetesApi({ kubeconfig: proxy.kubeconfig, clock });
  const tools = { api, clock, journal, random: Math.random };
  const nodePods = new NodePods(client, NAMESPACE, nodeId);
  return {
    issuer: createCertManagerIssuer({ ...tools, nodeId, usesPodToken }),
    pods: new PodWatch({ ...tools, nodeName: nodeId }),
    nodePods,
    api,
    proxy,
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
      api.close();
      client.close();
      await proxy.close();
      await server.close();
    },
  };
}
