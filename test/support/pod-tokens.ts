import type { Order } from '../../node-agent/ports.ts';

/** The key under which kubelet sends a pod's tokens. */
export const TOKENS_KEY = 'csi.storage.k8s.io/serviceAccount.tokens';

/** What kubelet sends, in the volume context or in the secrets, where the CSIDriver asks for a token of the audience "". */
export function tokensOf(token: string, expiresAt: Date): Readonly<Record<string, string>> {
  const value = { '': { token, expirationTimestamp: expiresAt.toISOString().replace(/\.\d+Z/, 'Z') } };
  return { [TOKENS_KEY]: JSON.stringify(value) };
}

/** For orders of an issuer that must not ask. */
export const noPodToken: Order['podToken'] = () => Promise.reject(new Error('This issuer has no use for the token of the pod'));
