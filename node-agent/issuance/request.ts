// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill before it loads.
import 'reflect-metadata';
import { Extension, Name, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { invalidRequest } from '../errors.ts';
import { formatPem } from '../pem.ts';
import type { Wanted } from '../wanted.ts';
import { encodeName } from './distinguished-name.ts';
import { encodeAlternativeNames, wantedAlternativeNames } from './general-names.ts';
import { importSigningKey } from './signing-key.ts';

/** id-ce-subjectAltName (RFC 5280 section 4.2.1.6). */
export const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';

/**
 * A PKCS#10 request (RFC 2986) for the key, in PEM: subject and alternative names, these critical where the subject is
 * empty (RFC 5280 section 4.2.1.6), no other extension.
 * @throws {AgentError} `invalid-request` where a BER value of the subject is not DER.
 */
export async function buildRequest(keyPem: string, wanted: Wanted): Promise<string> {
  const signing = importSigningKey(keyPem);
  if (signing === undefined) throw new TypeError('The key is of a type that no pod can ask for');
  const names = wantedAlternativeNames(wanted);
  const critical = wanted.subject.length === 0;
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: toName(wanted),
    // Not the library's own GeneralName: the check compares the certificate with these very bytes.
    extensions: names.length === 0 ? [] : [new Extension(SUBJECT_ALTERNATIVE_NAME, critical, encodeAlternativeNames(names))],
    signingAlgorithm: signing.algorithm,
    keys: signing.keys,
  });
  return formatPem('CERTIFICATE REQUEST', Buffer.from(request.rawData));
}

function toName({ subject }: Wanted): Name {
  const der = encodeName(subject);
  const name = decodeName(der);
  // The library encodes the name again, which changes a BER value that is not DER.
  if (name === undefined || !der.equals(Buffer.from(name.toArrayBuffer()))) throw subjectRefused();
  return name;
}

function decodeName(der: Uint8Array<ArrayBuffer>): Name | undefined {
  try {
    return new Name(der);
  } catch {
    return undefined;
  }
}

function subjectRefused(): Error {
  return invalidRequest('Cannot build the certificate request', [
    {
      field: 'csi.cert-manager.io/literal-subject',
      why: 'a #hex value is not the DER encoding of one value (RFC 4514 section 2.4, X.690)',
      cure: 'write the value as text, or as the hexadecimal form of its DER encoding',
    },
  ]);
}
