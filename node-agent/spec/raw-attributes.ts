import { KUBELET_PREFIX } from './attribute-table.ts';

/** The key under which kubelet sends the pod's service account tokens, among the attributes or among the secrets. */
export const SERVICE_ACCOUNT_TOKENS = `${KUBELET_PREFIX}serviceAccount.tokens`;

/** Without it there is neither a keystore nor a password. */
export const KEYSTORE_SWITCH = 'csi.cert-manager.io/pkcs12-enable';
/** The one attribute whose value is a secret. */
export const PASSWORD = 'csi.cert-manager.io/pkcs12-password';
/** Names the secret that is the password, where {@link PASSWORD} is not given. */
export const PASSWORD_KEY = 'podcert.io/pkcs12-password-key';

type Texts = Readonly<Record<string, string>>;

/** What is kept of a volume's attributes, and `parseSpec` reads again after a restart: everything but the pod's tokens. */
export function storableAttributes(attributes: Texts): Record<string, string> {
  return without(attributes, (name) => name === SERVICE_ACCOUNT_TOKENS);
}

/** What is kept of the secrets of a request: the password that {@link PASSWORD_KEY} names. */
export function storableSecrets({ attributes, secrets }: { readonly attributes: Texts; readonly secrets: Texts }): Record<string, string> {
  return without(secrets, (name) => name !== attributes[PASSWORD_KEY]);
}

/** Of attributes to be stored those that are no secret, and the others. */
export function splitAttributes(attributes: Texts): { readonly open: Record<string, string>; readonly secret: Record<string, string> } {
  return { open: without(attributes, (name) => name === PASSWORD), secret: without(attributes, (name) => name !== PASSWORD) };
}

/** What tells a republish from another request: the pod's own attributes, as given, without what kubelet adds. */
export function comparableAttributes(attributes: Texts): Record<string, string> {
  return without(attributes, (name) => name.startsWith(KUBELET_PREFIX));
}

function without(texts: Texts, isLeftOut: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([name]) => !isLeftOut(name)));
}
