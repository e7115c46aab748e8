import { createCertManagerIssuer } from '../../node-agent/issuers/cert-manager/cert-manager-issuer.ts';
import { createKubernetesApi, type KubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { openKubeconfig } from '../../node-agent/kubernetes/kubeconfig.ts';
import { PodWatch } from '../../node-agent/kubernetes/pod-watch.ts';
import type { Issuer, Journal, Pods } from '../../node-agent/ports.ts';
import { openClusterWorld, type ClusterWorld, type ClusterWorldOptions } from './cluster-world.ts';

export { NAMESPACE } from './cluster-world.ts';

export interface ClusterOptions extends ClusterWorldOptions {
  readonly journal: Journal;
}

/** A cluster, and the parts of a driver in this process that reach it through its proxy. */
export interface Cluster extends ClusterWorld {
  readonly issuer: Issuer;
  readonly pods: Pods;
  readonly api: KubernetesApi;
}

export async function openCluster({ journal, ...options }: ClusterOptions): Promise<Cluster> {
  const { clock, nodeId, usesPodToken } = options;
  const world = await openClusterWorld(options);
  const api = createKubernetesApi(openKubeconfig(world.proxy.kubeconfig), clock);
  const tools = { api, clock, journal, random: Math.random };
  return {
    ...world,
    issuer: createCertManagerIssuer({ ...tools, nodeId, usesPodToken }),
    pods: new PodWatch({ ...tools, nodeName: nodeId }),
    api,
    async close() {
      api.close();
      await world.close();
    },
  };
}
