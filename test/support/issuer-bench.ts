import { randomUUID } from 'node:crypto';
import { createCertManagerIssuer } from '../../node-agent/issuers/cert-manager/cert-manager-issuer.ts';
import { nodeSelector } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { createKubernetesApi, type KubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { openKubeconfig } from '../../node-agent/kubernetes/kubeconfig.ts';
import type { Delivered, Issuer, Order, Waiting } from '../../node-agent/ports.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { openApiClient, type ApiClient } from './api-client.ts';
import type { StoredObject } from './api-store.ts';
import { openApiUnderTest } from './api-under-test.ts';
import { FaultProxy } from './fault-proxy.ts';
import { ManualClock } from './manual-clock.ts';
import { noPodToken } from './pod-tokens.ts';
import { RecordedJournal } from './recorded-journal.ts';
import { startSigner, type SignerOptions } from './signer.ts';

export const NAMESPACE = 'default';

/** A cert-manager issuer with a Kubernetes API behind a fault proxy, and somebody who signs there. */
export interface IssuerBench {
  readonly issuer: Issuer;
  readonly clock: ManualClock;
  readonly journal: RecordedJournal;
  readonly proxy: FaultProxy;
  /** Past the proxy. */
  readonly client: ApiClient;
  /** Begins a process' life: the watch, and the deletion of requests of delivered volumes. */
  start(delivered?: readonly Delivered[]): void;
  /** A second issuer on the same node, as after a restart; the first one is stopped first. */
  restart(delivered?: readonly Delivered[]): Issuer;
  /** The requests that were made on this node. */
  requests(): Promise<readonly StoredObject[]>;
  close(): Promise<void>;
}

/** Every bench has a node name of its own, so that many can share one API. */
export async function openBench(options: Partial<Pick<SignerOptions, 'sign' | 'decide'>> = {}): Promise<IssuerBench> {
  const server = await openApiUnderTest();
  const proxy = await FaultProxy.start(server.kubeconfig);
  const client = openApiClient(server.kubeconfig);
  const signer = startSigner({ sign: async () => ({ chainPem: 'the chain', caPem: 'the CA' }), ...options, kubeconfig: server.kubeconfig });
  const clock = new ManualClock();
  const journal = new RecordedJournal();
  const nodeId = `node-${randomUUID()}`;
  const apis: KubernetesApi[] = [];
  const make = () => {
    const api = createKubernetesApi(openKubeconfig(proxy.kubeconfig), clock);
    apis.push(api);
    return createCertManagerIssuer({ api, clock, journal, nodeId, random: () => 0.5, usesPodToken: false });
  };
  let life = new AbortController();
  const issuer = make();
  return {
    issuer,
    clock,
    journal,
    proxy,
    client,
    start: (delivered = []) => issuer.start?.(delivered, life.signal),
    restart(delivered = []) {
      life.abort();
      life = new AbortController();
      const next = make();
      next.start?.(delivered, life.signal);
      return next;
    },
    async requests() {
      const query = { labelSelector: nodeSelector(nodeId) };
      return (await client.call('GET', '/apis/cert-manager.io/v1/certificaterequests', { query })).items;
    },
    async close() {
      life.abort();
      await signer.close();
      for (const api of apis) api.close();
      client.close();
      await proxy.close();
      await server.close();
    },
  };
}

/** An order of one volume of a pod. */
export function orderOf(name: string, changes: Partial<Order> = {}): Order {
  const volumeId = parseVolumeId(`csi-${name}`);
  if (volumeId === undefined) throw new Error(`No volume id: ${name}`);
  return {
    volumeId,
    pod: { namespace: NAMESPACE, name, uid: `uid-of-${name}`, serviceAccount: 'default' },
    issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
    annotations: {},
    csrPem: '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n',
    wanted: {
      subject: [],
      dnsNames: [],
      ipAddresses: [],
      uris: [],
      durationMs: 3_600_000,
      isCa: false,
      usages: ['digital signature', 'key encipherment'],
    },
    podToken: noPodToken,
    ...changes,
  };
}

/** Collects what an issuer tells while it waits; `said` resolves once a reason that matches was told. */
export class Reasons {
  readonly all: Waiting[] = [];
  readonly #awaiting = new Set<() => void>();

  readonly tell = (why: Waiting): void => {
    this.all.push(why);
    for (const look of this.#awaiting) look();
  };

  said(pattern: RegExp): Promise<Waiting> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.all.find(({ reason }) => pattern.test(reason));
        if (found === undefined) return;
        this.#awaiting.delete(look);
        resolve(found);
      };
      this.#awaiting.add(look);
      look();
    });
  }
}
