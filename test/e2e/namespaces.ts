import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import { apply, keepsAll, kubectl } from './cluster-access.ts';
import { createAuthority } from './issuers.ts';

/** A namespace of this suite's own with the CA issuer `ca`, there before its first test and gone after its last. @returns its name. */
export function ownNamespace(purpose: string): string {
  const name = `podcert-e2e-${purpose}-${randomBytes(3).toString('hex')}`;
  before(async () => {
    await createNamespace(name);
    await createAuthority(name);
  });
  after(async () => {
    if (!keepsAll) await deleteNamespace(name);
  });
  return name;
}

/** Makes an empty namespace. Pods need the service account that a controller makes in it. */
export async function createNamespace(name: string): Promise<void> {
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await kubectl(['wait', '--for=create', 'serviceaccount/default', `--namespace=${name}`, '--timeout=30s']);
}

/** Deletes a namespace with all that is in it; when it returns, its pods have been taken down and it is gone. */
export async function deleteNamespace(name: string): Promise<void> {
  await kubectl(['delete', 'namespace', name, '--ignore-not-found', '--timeout=120s']);
}
