import { kubectl } from '../../test/e2e/cluster-access.ts';
import { requestsIn } from '../../test/e2e/certificate-requests.ts';
import { describeTrouble } from '../../test/e2e/trouble.ts';
import { waitFor } from '../../test/e2e/wait.ts';
import type { ApiClient } from '../../test/support/api-client.ts';
import { deploymentOf, type Wish } from './deployment.ts';

const READY_WITHIN_MS = 300_000;

/** Makes a Deployment and takes it away again, pods, volumes, requests and all. @returns milliseconds from its making until all pods are Ready. */
export async function timeUntilReady(client: ApiClient, wish: Wish): Promise<number> {
  const { namespace, name } = wish;
  const startMs = performance.now();
  await client.call('POST', path(wish), { body: deploymentOf(wish) });
  await untilAllReady(client, wish);
  const durationMs = performance.now() - startMs;
  await kubectl(['delete', 'deployment', name, `--namespace=${namespace}`, '--cascade=foreground', '--timeout=170s']);
  // The garbage collector's work must not fall into the next measurement.
  await waitFor('the garbage collector', namespace, READY_WITHIN_MS, async () => (await requestsIn(namespace)).length === 0 || undefined);
  return durationMs;
}

/** Watches: asking again and again would take from what is measured. */
async function untilAllReady(client: ApiClient, wish: Wish): Promise<void> {
  const { namespace, name, pods } = wish;
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(READY_WITHIN_MS)]);
  let ready = 0;
  for await (const { object } of client.watch(path(wish), { fieldSelector: `metadata.name=${name}` }, signal)) {
    const { status } = object as { readonly status?: { readonly readyReplicas?: number } };
    ready = status?.readyReplicas ?? 0;
    // The loop ends by itself then.
    if (ready === pods) ended.abort();
  }
  if (ended.signal.aborted) return;
  throw new Error(`${ready} of ${pods} pods were Ready in the end\n${await describeTrouble(namespace)}`);
}

function path({ namespace }: Wish): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments`;
}
