import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STATE } from './folders.ts';
import { NODE_ADDRESS } from './node-network.ts';
import type { ClusterAuthority, Identity } from './pki.ts';

/** The name of the only node. */
export const NODE_NAME = 'node1';

/** Who calls the API server, each with the user and the groups that Kubernetes gives rights to. */
const CALLERS = {
  admin: { user: 'podcert-cluster-admin', groups: ['system:masters'] },
  'kube-controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  'kube-scheduler': { user: 'system:kube-scheduler', groups: [] },
  kubelet: { user: `system:node:${NODE_NAME}`, groups: ['system:nodes'] },
  'cert-manager': { user: 'cert-manager', groups: [] },
  'cert-manager-webhook': { user: 'cert-manager-webhook', groups: [] },
} as const;

/** Writes `STATE/kubeconfigs/<caller>` for every caller. */
export async function writeKubeconfigs(authority: ClusterAuthority): Promise<void> {
  await mkdir(join(STATE, 'kubeconfigs'), { recursive: true, mode: 0o700 });
  for (const [name, { user, groups }] of Object.entries(CALLERS)) {
    const identity = await authority.issueClient(user, groups);
    // JSON is YAML.
    await writeFile(join(STATE, 'kubeconfigs', name), JSON.stringify(kubeconfig(authority, identity), null, 2), { mode: 0o600 });
  }
}

function kubeconfig(authority: ClusterAuthority, identity: Identity): object {
  const name = 'podcert-cluster';
  const cluster = { server: `https://${NODE_ADDRESS}`, 'certificate-authority-data': base64(authority.certificatePem) };
  const user = { 'client-certificate-data': base64(identity.certificatePem), 'client-key-data': base64(identity.keyPem) };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
}

function base64(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
