import type { AttributeName } from '../../node-agent/spec/attribute-table.ts';

/** What people are told of an attribute, beside its name and default, which the parser's own table has. */
export interface AttributeRow {
  /** What it means, and which values it takes. Whether variables are expanded is asked of the parser. */
  readonly rule: string;
  /** A value that the parser takes. */
  readonly example: string;
  /** A value that the parser refuses; absent: it takes any text. */
  readonly refused?: string;
  /** What cert-manager's csi-driver does otherwise. */
  readonly peer?: string;
}

/** The rows of docs/attributes.md. A test has the parser judge each example. */
export const ATTRIBUTE_ROWS = {
  'csi.cert-manager.io/issuer-name': {
    rule: 'required',
    example: 'internal-ca',
  },
  'csi.cert-manager.io/issuer-kind': {
    rule: 'free text; `LocalCA` with group `podcert.io` is the CA in this driver',
    example: 'ClusterIssuer',
    peer: 'no local CA',
  },
  'csi.cert-manager.io/issuer-group': {
    rule: 'free text',
    example: 'awspca.cert-manager.io',
  },
  'csi.cert-manager.io/common-name': {
    rule: 'no NUL character',
    example: '$POD_NAME.$POD_NAMESPACE',
    refused: 'a\0b',
  },
  'csi.cert-manager.io/literal-subject': {
    rule: 'the whole [subject](#subject) as an RFC 4514 string; the other subject attributes are then ignored',
    example: 'CN=$POD_NAME,OU=web+L=Bonn,O=Example',
    refused: 'CN="a"',
    peer: 'a blank one gives an empty subject; `"`, `<` and `>` need no escape',
  },
  'csi.cert-manager.io/organizations': {
    rule: '[one line of CSV](#subject); at most 100 values, as for all lists of the subject',
    example: '"Example, Inc.",Example Labs',
    refused: '"a',
    peer: 'an empty item gives an empty value; here it is dropped, as in all lists of the subject',
  },
  'csi.cert-manager.io/organizationalunits': {
    rule: 'one line of CSV',
    example: '$POD_NAMESPACE',
    refused: '"a',
  },
  'csi.cert-manager.io/countries': {
    rule: 'one line of CSV',
    example: 'DE,AT',
    refused: '"a',
  },
  'csi.cert-manager.io/provinces': {
    rule: 'one line of CSV',
    example: 'Bayern',
    refused: '"a',
  },
  'csi.cert-manager.io/localities': {
    rule: 'one line of CSV',
    example: 'München',
    refused: '"a',
  },
  'csi.cert-manager.io/streetaddresses': {
    rule: 'one line of CSV',
    example: '"Tal 1, Hinterhaus"',
    refused: '"a',
  },
  'csi.cert-manager.io/postalcodes': {
    rule: 'one line of CSV',
    example: '80331',
    refused: '"a',
  },
  'csi.cert-manager.io/serialnumber': {
    rule: "the subject's serial number, not the certificate's; as it is",
    example: '4711',
    refused: 'a\0b',
  },
  'csi.cert-manager.io/dns-names': {
    rule: 'comma list, items trimmed, empty ones dropped; ASCII without spaces (punycode for other scripts), at most 253 characters a name',
    example: 'web.example,*.web.example',
    refused: 'two words',
    peer: 'an empty item gives an empty name',
  },
  'csi.cert-manager.io/uri-sans': {
    rule: 'comma list, items trimmed, none empty; absolute URIs, written percent-encoded and with the scheme in lower case',
    example: 'spiffe://cluster.local/ns/$POD_NAMESPACE/sa/$SERVICE_ACCOUNT_NAME',
    refused: '/p',
    peer: 'also takes `/p` and `*`',
  },
  'csi.cert-manager.io/ip-sans': {
    rule: 'comma list, items trimmed, none empty; IPv4, or IPv6 without a zone; an IPv4-mapped one becomes IPv4',
    example: '192.0.2.7,2001:db8::7',
    refused: '192.0.2.256',
    peer: 'no variables',
  },
  'csi.cert-manager.io/duration': {
    rule: 'the lifetime asked for: a [duration](#durations) above zero',
    example: '24h',
    refused: '1d',
    peer: 'takes zero and negative ones',
  },
  'csi.cert-manager.io/is-ca': {
    rule: '`true` or `false`',
    example: 'false',
    refused: 'yes',
  },
  'csi.cert-manager.io/key-usages': {
    rule: 'comma list, items trimmed, none empty: [names of usages](#key-usages)',
    example: 'digital signature,server auth,client auth',
    refused: 'Server Auth',
  },
  'csi.cert-manager.io/key-algorithm': {
    rule: '`RSA`, `ECDSA` or `Ed25519`, in any case',
    example: 'ECDSA',
    refused: 'DSA',
  },
  'csi.cert-manager.io/key-size': {
    rule: 'RSA: 2048 to 8192, 2048 where unset; ECDSA: 256, 384 or 521, 256 where unset; Ed25519: must be unset',
    example: '3072',
    refused: '1024',
  },
  'csi.cert-manager.io/key-encoding': {
    rule: '`PKCS1` or `PKCS8`, in any case; RSA: `PKCS1` where unset; others: only `PKCS8`',
    example: 'PKCS8',
    refused: 'DER',
  },
  'csi.cert-manager.io/ca-file': {
    rule: 'a plain [file name](#file-names); the file holds the CA as the issuer gave it or, where it gave none, the self-signed certificate at the end of its chain',
    example: 'ca.pem',
    refused: '..ca',
    peer: 'only what the issuer gave',
  },
  'csi.cert-manager.io/certificate-file': {
    rule: 'a plain file name',
    example: 'chain.pem',
    refused: 'a/b',
  },
  'csi.cert-manager.io/privatekey-file': {
    rule: 'a plain file name',
    example: 'key.pem',
    refused: '.',
  },
  'csi.cert-manager.io/fs-group': {
    rule: "the group that may read the files, 1 to 4294967294; wins over the pod's `fsGroup`",
    example: '2000',
    refused: '0',
  },
  'csi.cert-manager.io/renew-before': {
    rule: 'a [duration](#durations) above zero: how long before its end a certificate is renewed; where unset, or not below its life, a third of that life; never before a third of it is over',
    example: '8h',
    refused: '0s',
    peer: 'zero or less renews at the end or after it',
  },
  'csi.cert-manager.io/reuse-private-key': {
    rule: '`true` or `false`: whether a renewal keeps the key, as long as it fits the attributes',
    example: 'true',
    refused: 'yes',
    peer: 'keeps it also when it does not fit',
  },
  'csi.cert-manager.io/pkcs12-enable': {
    rule: '`true` or `false`: whether key, certificate and chain are in a [keystore](#keystores) too; needs a password, even as `false`',
    example: 'true',
    refused: 'yes',
  },
  'csi.cert-manager.io/pkcs12-filename': {
    rule: 'a plain file name; needs pkcs12-enable',
    example: 'server.p12',
    refused: 'a/b',
  },
  'csi.cert-manager.io/pkcs12-password': {
    rule: 'the password of keystore and truststore: 1 to 1,024 bytes without control characters, as it is; needs pkcs12-enable',
    example: 'changeit',
    refused: 'a\tb',
    peer: 'takes any but an empty one',
  },
  'podcert.io/verify': {
    rule: 'how strictly the certificate that comes back is judged: `covers` what was asked for, `strict` for no difference at all, `key` for the right key alone',
    example: 'strict',
    refused: 'none',
    peer: 'believes what comes back',
  },
  'podcert.io/wait-for': {
    rule: '`pod-ip`: [the pod starts before its files are there](#waiting-for-the-pods-ip), and a certificate is asked for once it has an IP',
    example: 'pod-ip',
    refused: 'nothing',
    peer: 'not known',
  },
  'podcert.io/chain-file': {
    rule: 'a plain file name: the [chain alone](#more-files), without the certificate itself',
    example: 'chain.pem',
    refused: 'a/b',
  },
  'podcert.io/combined-file': {
    rule: 'a plain file name: key, certificate and chain in [one PEM file](#more-files)',
    example: 'haproxy.pem',
    refused: 'a/b',
  },
  'podcert.io/combined-order': {
    rule: 'what the combined file is made of, and in which order: a comma list of `key`, `leaf`, `chain`, `ca`, each once at most; needs combined-file',
    example: 'leaf,chain,key',
    refused: 'key,key',
  },
  'podcert.io/der': {
    rule: '`true` or `false`: certificate and key [in DER](#more-files) too, as `tls.der` and `key.der`',
    example: 'true',
    refused: 'yes',
  },
  'podcert.io/file-mode': {
    rule: '`0400`, `0440` or `0444`; a [file that holds a key](#who-may-read) never gets more than `0440`',
    example: '0444',
    refused: '0640',
  },
  'podcert.io/pkcs12-password-key': {
    rule: 'in place of pkcs12-password: the key under which the password is [in a Secret](#keystores)',
    example: 'keystore-password',
    refused: 'no-such-key',
  },
  'podcert.io/pkcs12-profile': {
    rule: '`Modern` for AES-256 and SHA-256, `Legacy` for 3DES and SHA-1; needs pkcs12-enable',
    example: 'Legacy',
    refused: 'Old',
    peer: 'always RC2 of 40 bits for certificates, 3DES for the key',
  },
  'podcert.io/truststore-file': {
    rule: 'a plain file name: the CA alone in a [truststore](#keystores); needs pkcs12-enable',
    example: 'truststore.p12',
    refused: 'a/b',
  },
} as const satisfies Record<AttributeName, AttributeRow>;
