/** The prefix of the attributes that cert-manager/csi-driver knows, whatever this driver is called. */
export const PEER_PREFIX = 'csi.cert-manager.io/';
/** The prefix of our own attributes. */
export const OWN_PREFIX = 'podcert.io/';
/** The prefix of the keys that kubelet adds to the pod's own. */
export const KUBELET_PREFIX = 'csi.storage.k8s.io/';

interface Attribute {
  /** The text that is read where the attribute is unset. */
  readonly fallback?: string;
}

/** Every attribute by name, and its default: what reading, suggestions and docs/attributes.md go by. */
export const ATTRIBUTES = {
  'csi.cert-manager.io/issuer-name': {},
  'csi.cert-manager.io/issuer-kind': { fallback: 'Issuer' },
  'csi.cert-manager.io/issuer-group': { fallback: 'cert-manager.io' },
  'csi.cert-manager.io/common-name': {},
  'csi.cert-manager.io/literal-subject': {},
  'csi.cert-manager.io/organizations': {},
  'csi.cert-manager.io/organizationalunits': {},
  'csi.cert-manager.io/countries': {},
  'csi.cert-manager.io/provinces': {},
  'csi.cert-manager.io/localities': {},
  'csi.cert-manager.io/streetaddresses': {},
  'csi.cert-manager.io/postalcodes': {},
  'csi.cert-manager.io/serialnumber': {},
  'csi.cert-manager.io/dns-names': {},
  'csi.cert-manager.io/uri-sans': {},
  'csi.cert-manager.io/ip-sans': {},
  'csi.cert-manager.io/duration': { fallback: '2160h' },
  'csi.cert-manager.io/is-ca': { fallback: 'false' },
  'csi.cert-manager.io/key-usages': { fallback: 'digital signature,key encipherment' },
  'csi.cert-manager.io/key-algorithm': { fallback: 'RSA' },
  'csi.cert-manager.io/key-size': {},
  'csi.cert-manager.io/key-encoding': {},
  'csi.cert-manager.io/ca-file': { fallback: 'ca.crt' },
  'csi.cert-manager.io/certificate-file': { fallback: 'tls.crt' },
  'csi.cert-manager.io/privatekey-file': { fallback: 'tls.key' },
  'csi.cert-manager.io/fs-group': {},
  'csi.cert-manager.io/renew-before': {},
  'csi.cert-manager.io/reuse-private-key': { fallback: 'false' },
  'csi.cert-manager.io/pkcs12-enable': {},
  'csi.cert-manager.io/pkcs12-filename': { fallback: 'keystore.p12' },
  'csi.cert-manager.io/pkcs12-password': {},
  'podcert.io/verify': { fallback: 'covers' },
  'podcert.io/wait-for': {},
  'podcert.io/chain-file': {},
  'podcert.io/combined-file': {},
  'podcert.io/combined-order': { fallback: 'key,leaf,chain' },
  'podcert.io/der': { fallback: 'false' },
  'podcert.io/file-mode': { fallback: '0440' },
  'podcert.io/pkcs12-password-key': {},
  'podcert.io/pkcs12-profile': { fallback: 'Modern' },
  'podcert.io/truststore-file': {},
} as const satisfies Record<string, Attribute>;

/** An attribute that this version knows. */
export type AttributeName = keyof typeof ATTRIBUTES;

/** The attributes that always have a text, given or default. */
export type DefaultedName = {
  [Name in AttributeName]: (typeof ATTRIBUTES)[Name] extends { readonly fallback: string } ? Name : never;
}[AttributeName];

const BY_NAME: ReadonlyMap<string, Attribute> = new Map(Object.entries(ATTRIBUTES));

/** The table's line of an attribute; undefined for a name that is not in it. */
export function findAttribute(name: string): Attribute | undefined {
  return BY_NAME.get(name);
}
