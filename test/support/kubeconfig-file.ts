import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A kubeconfig in a folder of its own. */
export interface KubeconfigFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** Writes a kubeconfig for one server and a user with a bearer token. */
export async function writeKubeconfig(server: string, caPem: string, token: string): Promise<KubeconfigFile> {
  const directory = await mkdtemp(join(tmpdir(), 'podcert-kubeconfig-'));
  const path = join(directory, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  // JSON is YAML.
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return { path, remove: () => rm(directory, { recursive: true, force: true }) };
}
