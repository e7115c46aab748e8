import { join } from 'node:path';
import { makeCertificateRequest } from './certificate-request.ts';
import { STATE } from './folders.ts';
import { kubectl } from './kubectl.ts';
import type { ClusterNode } from './node.ts';
import { startPart } from './part-process.ts';
import { waitUntil } from './wait.ts';

const SETTINGS = join(STATE, 'settings', 'cert-manager');
const TIMEOUT_MS = 30_000;

/** Installs cert-manager: its kinds, its rights, its webhook and its controllers. When it returns, the webhook judges every request. */
export async function installCertManager(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const apply = (path: string): Promise<string> => kubectl(['apply', '--server-side', `--filename=${path}`], signal);
  await apply(join(STATE, 'programs', 'crds'));
  // By its path: --for=condition fails on a kind so new that it has no conditions yet.
  const established = 'jsonpath={.status.conditions[?(@.type=="Established")].status}=True';
  await kubectl(['wait', `--for=${established}`, 'crd', '--all', `--timeout=${TIMEOUT_MS / 1_000}s`], signal);
  await apply(join(SETTINGS, 'namespace.yaml'));
  await apply(join(SETTINGS, 'roles.yaml'));
  await Promise.all([startPart(node, 'cert-manager-webhook', signal), startPart(node, 'cert-manager', signal)]);
  await apply(join(SETTINGS, 'webhooks.yaml'));
  const request = await makeCertificateRequest('probe', 'probe');
  await waitUntil('the webhook writes the caller into requests', TIMEOUT_MS, () => doesWebhookAct(request, signal), signal);
}

/** The API server takes a webhook into use some time after it has stored its configuration. */
async function doesWebhookAct(request: string, signal: AbortSignal): Promise<boolean> {
  const answer = await kubectl(['create', '--dry-run=server', '--output=json', '--filename=-'], signal, request);
  const { spec } = JSON.parse(answer) as { readonly spec: { readonly username?: string } };
  return spec.username !== undefined;
}
