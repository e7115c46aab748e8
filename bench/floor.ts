import { randomUUID } from 'node:crypto';
import { DAY_MS, systemClock } from '../node-agent/clock.ts';
import { generatePrivateKey } from '../node-agent/issuance/private-key.ts';
import { buildRequest } from '../node-agent/issuance/request.ts';
import { CERTIFICATE_REQUESTS, nodeSelector, requestManifest } from '../node-agent/issuers/cert-manager/certificate-request.ts';
import { createKubernetesApi, type KubernetesApi } from '../node-agent/kubernetes/api.ts';
import { openKubeconfig } from '../node-agent/kubernetes/kubeconfig.ts';
import type { ApiObject } from '../node-agent/kubernetes/api-object.ts';
import type { Order } from '../node-agent/ports.ts';
import { parseVolumeId } from '../node-agent/volume-id.ts';

const NODE = 'floor';

/**
 * The least that any driver needs: the CertificateRequest that ours would make, with a ready-made CSR, created by one call and awaited on the one
 * watch of a plain client. No key, no file, no mount.
 */
export interface Floor extends AsyncDisposable {
  /** Resolves once a certificate came for a new request. */
  request(): Promise<void>;
}

export async function openFloor(kubeconfig: string): Promise<Floor> {
  const order = await makeOrder();
  const api = createKubernetesApi(openKubeconfig(kubeconfig), systemClock);
  const stop = new AbortController();
  const waiting = new Map<string, () => void>();
  const watching = follow(api, (object) => isSigned(object) && waiting.get(object.metadata.name)?.(), stop.signal);
  await watching.begun;
  return {
    async request() {
      const name = randomUUID();
      const signed = new Promise<void>((resolve) => void waiting.set(name, resolve));
      await api.create(CERTIFICATE_REQUESTS, order.pod.namespace, requestManifest(order, name, NODE), stop.signal);
      await signed;
      waiting.delete(name);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching.ended;
      api.close();
    },
  };
}

/** As the bench's pods ask, once and for all. */
async function makeOrder(): Promise<Order> {
  const names = { subject: [], dnsNames: ['floor.bench.example'], ipAddresses: [], uris: [] };
  const wanted = { ...names, durationMs: 90 * DAY_MS, isCa: false, usages: ['digital signature', 'key encipherment'] } as const;
  const volumeId = parseVolumeId(NODE);
  if (volumeId === undefined) throw new Error(`${NODE} is no id of a volume`);
  return {
    volumeId,
    pod: { namespace: 'default', name: NODE, uid: `uid-of-${NODE}`, serviceAccount: 'default' },
    issuer: { name: 'bench', kind: 'Issuer', group: 'cert-manager.io' },
    annotations: {},
    csrPem: await buildRequest(await generatePrivateKey({ algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' }), wanted),
    wanted,
    podToken: () => Promise.reject(new Error('The floor asks by its own account')),
  };
}

/** Tells of every request that is there or changes; begins anew where the API server ends the watch, as it does once a kind of objects has become settled. */
function follow(api: KubernetesApi, tell: (object: ApiObject) => void, signal: AbortSignal) {
  const begun = Promise.withResolvers<void>();
  const selector = { labelSelector: nodeSelector(NODE) };
  const run = async () => {
    for (;;) {
      const { items, resourceVersion } = await api.list(CERTIFICATE_REQUESTS, selector, signal);
      items.forEach(tell);
      const events = await api.watch(CERTIFICATE_REQUESTS, { selector, resourceVersion, timeoutSeconds: 3_600 }, signal);
      begun.resolve();
      for await (const event of events) if (event.kind === 'changed') tell(event.object);
    }
  };
  const ended = run().catch((error: unknown) => {
    begun.reject(error);
    if (!signal.aborted) throw error;
  });
  return { begun: begun.promise, ended };
}

function isSigned({ status }: ApiObject): boolean {
  return Boolean((status as { readonly certificate?: unknown } | undefined)?.certificate);
}
