import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { AgentError, misconfigured, type Problem } from '../../errors.ts';
import { readFields } from '../../issuance/certificate-fields.ts';
import { readCertificates } from '../../issuance/certificate.ts';
import { isValid } from '../../issuance/chain.ts';
import { importSigningKey, type SigningKey } from './signing-key.ts';
import { CERT_SIGN_BIT } from '../../issuance/usages.ts';

/** The two files of a local CA, as text: `ca.crt` with the CA's own certificate first, and its private key. */
export interface AuthorityFiles {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A CA that can sign. */
export interface Authority {
  readonly certificate: X509Certificate;
  /** `ca.crt` as it is. */
  readonly certificatePem: string;
  readonly signing: SigningKey;
  /** The Name, DER. */
  readonly subject: Buffer;
  /** What the certificates it issues carry as authority key identifier; absent where the CA has no identifier. */
  readonly keyIdentifier?: Buffer;
  /** Whether it needs nothing above it. */
  readonly isRoot: boolean;
}

/**
 * @param couldNot how the error begins.
 * @throws {AgentError} `misconfigured` with everything that keeps these files from being a CA that can sign at `now`.
 */
export function readAuthority({ certificatePem, keyPem }: AuthorityFiles, now: Date, couldNot: string): Authority {
  const certificate = attempt('ca.crt', 'put the CA certificate there in PEM', () => firstCertificate(certificatePem));
  const signing = attempt('ca.key', 'put the unencrypted private key there in PEM, PKCS#8 or PKCS#1', () => readKey(keyPem));
  const fields = certificate.problem === undefined ? attempt('ca.crt', ANOTHER, () => readFields(certificate.value)) : certificate;
  if (certificate.problem !== undefined || signing.problem !== undefined || fields.problem !== undefined) {
    const found = new Set([certificate.problem, fields.problem, signing.problem]);
    throw misconfigured(
      couldNot,
      [...found].filter((problem) => problem !== undefined),
    );
  }
  const problems = [...certificateProblems(certificate.value, fields.value, now), ...pairProblems(certificate.value, keyPem)];
  if (problems.length > 0) throw misconfigured(couldNot, problems);
  const { subject, subjectKeyIdentifier } = fields.value;
  return {
    certificate: certificate.value,
    certificatePem,
    signing: signing.value,
    subject,
    ...(subjectKeyIdentifier === undefined ? {} : { keyIdentifier: subjectKeyIdentifier }),
    isRoot: certificate.value.checkIssued(certificate.value) && certificate.value.verify(certificate.value.publicKey),
  };
}

const ANOTHER = 'use the certificate of a CA';

type Attempt<T> = { readonly value: T; readonly problem?: undefined } | { readonly problem: Problem };

function attempt<T>(field: string, cure: string, read: () => T): Attempt<T> {
  try {
    return { value: read() };
  } catch (error) {
    return { problem: { field, why: error instanceof Error ? error.message : String(error), cure } };
  }
}

function firstCertificate(pem: string): X509Certificate {
  const [certificate] = readCertificates(pem);
  if (certificate === undefined) throw new AgentError('certificate-refused', 'It is empty');
  return certificate;
}

function readKey(keyPem: string): SigningKey {
  const signing = importSigningKey(keyPem);
  if (signing === undefined) {
    throw new AgentError('misconfigured', 'its type is none of RSA, ECDSA over P-256, P-384 or P-521, and Ed25519');
  }
  return signing;
}

function certificateProblems(certificate: X509Certificate, fields: ReturnType<typeof readFields>, now: Date): readonly Problem[] {
  const field = 'ca.crt';
  const problems: Problem[] = [];
  if (!fields.isCa) problems.push({ field, why: 'it is not a CA certificate (no CA:TRUE)', cure: ANOTHER });
  if (fields.usageBits?.has(CERT_SIGN_BIT) === false) {
    problems.push({ field, why: 'its key usage does not allow to sign certificates (no keyCertSign)', cure: ANOTHER });
  }
  if (!isValid(certificate, now)) {
    const period = `${certificate.validFromDate.toISOString()} to ${certificate.validToDate.toISOString()}`;
    problems.push({ field, why: `it is valid from ${period}, not now (${now.toISOString()})`, cure: 'renew it, or set the clock' });
  }
  return problems;
}

function pairProblems(certificate: X509Certificate, keyPem: string): readonly Problem[] {
  if (certificate.checkPrivateKey(createPrivateKey(keyPem))) return [];
  return [{ field: 'ca.key', why: 'it is not the key of the first certificate in ca.crt', cure: 'put both files of one CA there' }];
}
