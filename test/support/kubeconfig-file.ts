import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsIdentity } from './tls-identity.ts';

/** A kubeconfig in a folder of its own. */
export interface KubeconfigFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** A user of a kubeconfig: by bearer token, or by client certificate. */
export type KubeconfigUser = { readonly token: string } | TlsIdentity;

/** Writes a kubeconfig for one server and one user. */
export async function writeKubeconfig(server: string, caPem: string, user: KubeconfigUser): Promise<KubeconfigFile> {
  const directory = await mkdtemp(join(tmpdir(), 'podcert-kubeconfig-'));
  const path = join(directory, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: 'test', user: userEntry(user) }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  // JSON is YAML.
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return { path, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** What a kubeconfig says of a user. */
export function userEntry(user: KubeconfigUser): object {
  if ('token' in user) return { token: user.token };
  return { 'client-certificate-data': base64(user.cert), 'client-key-data': base64(user.key) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
