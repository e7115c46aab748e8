import { DAY_MS } from '../../node-agent/clock.ts';
import { ApiError } from '../../node-agent/kubernetes/api-error.ts';
import { openApiClient, type ApiClient } from './api-client.ts';
import type { StoredObject } from './api-store.ts';

/** Longer than any test goes on, also by a clock that is moved. */
const WATCH = { timeoutSeconds: String((10 * 365 * DAY_MS) / 1_000) };

const ALL_REQUESTS = '/apis/cert-manager.io/v1/certificaterequests';

/** What the controllers of cert-manager do with a request. */
export type Verdict =
  | { readonly kind: 'sign' }
  | { readonly kind: 'deny'; readonly message: string }
  | { readonly kind: 'fail'; readonly message: string }
  /** Any status, at once. */
  | { readonly kind: 'status'; readonly status: object }
  | { readonly kind: 'ignore' };

/** What an issuer writes into the status of a request that it signed. */
export interface Signature {
  readonly chainPem: string;
  readonly caPem: string;
}

export interface SignerOptions {
  readonly kubeconfig: string;
  /** Signs the PEM request, such as a `CertificateAuthority` does. */
  readonly sign: (csrPem: string) => Promise<Signature>;
  /** Default: sign. A promise delays. */
  readonly decide?: (request: StoredObject) => Verdict | Promise<Verdict>;
}

/** Plays approver and issuer of cert-manager, and speaks to them only: through the API. */
export interface Signer {
  readonly client: ApiClient;
  close(): Promise<void>;
}

/** Decides on every request that has no conditions yet, also on those that were there before. */
export function startSigner({ kubeconfig, sign, decide = () => ({ kind: 'sign' }) }: SignerOptions): Signer {
  const client = openApiClient(kubeconfig);
  const stop = new AbortController();
  const treat = async (request: StoredObject) => {
    try {
      await carryOut(client, sign, request, await decide(request));
    } catch (error) {
      // The request was deleted or changed meanwhile, or the test is over.
      const isOvertaken = error instanceof ApiError && (error.status === 404 || error.status === 409);
      if (!isOvertaken && !stop.signal.aborted) throw error;
    }
  };
  const work = (async () => {
    // An API server ends the watch of one that is slow to read, and a new one begins with all that is there.
    while (!stop.signal.aborted) {
      for await (const { type, object } of client.watch(ALL_REQUESTS, WATCH, stop.signal)) {
        const request = object as StoredObject;
        if (type === 'ADDED' && request['status'] === undefined) void treat(request);
      }
    }
  })();
  return {
    client,
    async close() {
      stop.abort();
      await work;
      client.close();
    },
  };
}

async function carryOut(client: ApiClient, sign: SignerOptions['sign'], request: StoredObject, verdict: Verdict): Promise<void> {
  switch (verdict.kind) {
    case 'sign': {
      const { request: csr } = request['spec'] as { readonly request: string };
      const approved = [condition('Approved', 'True', 'cert-manager.io', 'approved by the test')];
      const answer = await setStatus(client, request, { conditions: approved });
      const { chainPem, caPem } = await sign(Buffer.from(csr, 'base64').toString('utf8'));
      const conditions = [...approved, condition('Ready', 'True', 'Issued', 'issued by the test')];
      await setStatus(client, answer, { conditions, certificate: base64(chainPem), ca: base64(caPem) });
      return;
    }
    case 'deny':
      await setStatus(client, request, { conditions: [condition('Denied', 'True', 'policy.test', verdict.message)] });
      return;
    case 'fail':
      await setStatus(client, request, { conditions: [condition('Ready', 'False', 'Failed', verdict.message)] });
      return;
    case 'status':
      await setStatus(client, request, verdict.status);
      return;
    case 'ignore':
      return;
    default:
      verdict satisfies never;
  }
}

/** Writes the status of a request, as its controllers do. */
export function setStatus(client: ApiClient, request: StoredObject, status: object): Promise<StoredObject> {
  const { namespace, name } = request.metadata;
  const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificaterequests/${name}/status`;
  return client.call('PUT', path, { body: { ...request, status } });
}

/** A condition of a CertificateRequest. */
export function condition(type: string, status: string, reason: string, message: string): object {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
