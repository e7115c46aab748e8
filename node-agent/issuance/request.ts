import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { invalidRequest } from '../errors.ts';
import { encode, encodeInteger, encodeObjectIdentifier, TAG } from '../der.ts';
import { formatPem } from '../pem.ts';
import type { Wanted } from '../wanted.ts';
import { encodeName } from './distinguished-name.ts';
import { encodeAlternativeNames, wantedAlternativeNames } from './general-names.ts';
import { isQuickKey } from './private-key.ts';
import { isReadableName } from './readable-name.ts';

/** id-ce-subjectAltName (RFC 5280 section 4.2.1.6). */
export const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
/** pkcs-9-at-extensionRequest (RFC 2985 section 5.4.2). */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
/** The context tag of CertificationRequestInfo's attributes (RFC 2986 section 4.1). */
const ATTRIBUTES = 0xa0;

/** How a key signs: the name of the hash, null where the algorithm hashes by itself, and the AlgorithmIdentifier. */
interface SignatureAlgorithm {
  readonly hash: string | null;
  readonly identifier: Buffer;
}

/** RFC 4055 section 5. */
const RSA: SignatureAlgorithm = { hash: 'sha256', identifier: identify('1.2.840.113549.1.1.11', encode(TAG.null)) };
/** RFC 8410 section 3. */
const ED25519: SignatureAlgorithm = { hash: null, identifier: identify('1.3.101.112') };
/** The hash that goes with each curve (RFC 5480 section 4); the identifiers are of RFC 5758 section 3.2. */
const ECDSA: Readonly<Record<string, SignatureAlgorithm>> = {
  prime256v1: { hash: 'sha256', identifier: identify('1.2.840.10045.4.3.2') },
  secp384r1: { hash: 'sha384', identifier: identify('1.2.840.10045.4.3.3') },
  secp521r1: { hash: 'sha512', identifier: identify('1.2.840.10045.4.3.4') },
};

/** In libuv's pool, unless the key is quick: a signature of a large RSA key takes tens of milliseconds. */
const signInPool = promisify(sign);

/**
 * A PKCS#10 request (RFC 2986) for the private key, in PEM: subject and alternative names, these critical where the subject is
 * empty (RFC 5280 section 4.2.1.6), no other extension.
 * @throws {AgentError} `invalid-request` where a BER value of the subject is of a type that no check could read afterwards.
 */
export async function buildRequest(key: KeyObject, wanted: Wanted): Promise<string> {
  const algorithm = algorithmOf(key);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const info = encode(TAG.sequence, encodeInteger(0), nameOf(wanted), publicKey, encode(ATTRIBUTES, ...extensionRequests(wanted)));
  // oxlint-disable-next-line unicorn/no-null -- Node.js asks for it.
  const signature = isQuickKey(key) ? sign(algorithm.hash, info, key) : await signInPool(algorithm.hash, info, key);
  const signed = encode(TAG.bitString, Buffer.from([0]), signature);
  return formatPem('CERTIFICATE REQUEST', encode(TAG.sequence, info, algorithm.identifier, signed));
}

function nameOf({ subject }: Wanted): Buffer {
  const name = encodeName(subject);
  // Text is written as a type that everybody reads.
  const isAllText = subject.every((relativeName) => relativeName.every(({ value }) => value.kind === 'text'));
  if (isAllText || isReadableName(name)) return name;
  throw invalidRequest('Cannot build the certificate request', [
    {
      field: 'csi.cert-manager.io/literal-subject',
      why: 'a #hex value is of a type that OpenSSL reads in no name',
      cure: 'write the value as text, or as the hexadecimal form of the DER encoding of a string or a sequence',
    },
  ]);
}

/** The attribute with the extension, or none. */
function extensionRequests(wanted: Wanted): readonly Buffer[] {
  const names = wantedAlternativeNames(wanted);
  if (names.length === 0) return [];
  const critical = wanted.subject.length === 0 ? [encode(TAG.boolean, Buffer.from([0xff]))] : [];
  const value = encode(TAG.octetString, encodeAlternativeNames(names));
  const extension = encode(TAG.sequence, encodeObjectIdentifier(SUBJECT_ALTERNATIVE_NAME), ...critical, value);
  const extensions = encode(TAG.set, encode(TAG.sequence, extension));
  return [encode(TAG.sequence, encodeObjectIdentifier(EXTENSION_REQUEST), extensions)];
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SignatureAlgorithm {
  if (asymmetricKeyType === 'rsa') return RSA;
  if (asymmetricKeyType === 'ed25519') return ED25519;
  const algorithm = ECDSA[asymmetricKeyDetails?.namedCurve ?? ''];
  if (algorithm === undefined) throw new TypeError('The key is of a type that no pod can ask for');
  return algorithm;
}

function identify(oid: string, ...parameters: readonly Buffer[]): Buffer {
  return encode(TAG.sequence, encodeObjectIdentifier(oid), ...parameters);
}
