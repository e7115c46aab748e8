import { KUBELET_PREFIX } from './attribute-table.ts';

/** The key under which kubelet sends the pod's service account tokens, among the attributes or among the secrets. */
export const SERVICE_ACCOUNT_TOKENS = `${KUBELET_PREFIX}serviceAccount.tokens`;

/** What a record stores and `parseSpec` reads again after a restart: everything but the pod's tokens. */
export function storableAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== SERVICE_ACCOUNT_TOKENS));
}

/** What tells a republish from another request: the pod's own attributes, as given, without what kubelet adds. */
export function comparableAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !name.startsWith(KUBELET_PREFIX)));
}
