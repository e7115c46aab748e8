import { randomUUID } from 'node:crypto';
import { systemClock } from '../node-agent/clock.ts';
import { CERTIFICATE_REQUESTS } from '../node-agent/issuers/cert-manager/certificate-request.ts';
import { createKubernetesApi } from '../node-agent/kubernetes/api.ts';
import { openKubeconfig } from '../node-agent/kubernetes/kubeconfig.ts';
import type { ApiObject } from '../node-agent/kubernetes/api-object.ts';

const LABEL = 'bench.podcert.io/floor';

/**
 * The least that any driver needs: a CertificateRequest with a ready-made CSR, created by one call and awaited on the one watch of a
 * plain client. No key, no file, no mount.
 */
export interface Floor extends AsyncDisposable {
  /** Resolves once a certificate came for a new request. */
  request(): Promise<void>;
}

export async function openFloor(kubeconfig: string, csrPem: string): Promise<Floor> {
  const api = createKubernetesApi(openKubeconfig(kubeconfig), systemClock);
  const stop = new AbortController();
  const waiting = new Map<string, () => void>();
  const selector = { labelSelector: LABEL };
  const { resourceVersion } = await api.list(CERTIFICATE_REQUESTS, selector, stop.signal);
  const events = await api.watch(CERTIFICATE_REQUESTS, { selector, resourceVersion, timeoutSeconds: 3_600 }, stop.signal);
  const watching = (async () => {
    for await (const event of events) if (event.kind === 'changed' && isSigned(event.object)) waiting.get(event.object.metadata.name)?.();
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const manifest = (name: string) => ({
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name, namespace: 'default', labels: { [LABEL]: '' } },
    spec: { request: Buffer.from(csrPem).toString('base64'), issuerRef: { name: 'bench' } },
  });
  return {
    async request() {
      const name = randomUUID();
      const signed = new Promise<void>((resolve) => void waiting.set(name, resolve));
      await api.create(CERTIFICATE_REQUESTS, 'default', manifest(name), stop.signal);
      await signed;
      waiting.delete(name);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
      api.close();
    },
  };
}

function isSigned({ status }: ApiObject): boolean {
  return Boolean((status as { readonly certificate?: unknown } | undefined)?.certificate);
}
