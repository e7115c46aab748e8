import { createHash, createPublicKey, randomBytes } from 'node:crypto';
// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill before it loads.
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { formatPem } from '../../pem.ts';
import { encodePrivateKey, generatePrivateKey } from '../../issuance/private-key.ts';
import { importSigningKey } from './signing-key.ts';
import type { AuthorityFiles } from './authority.ts';

const LIFETIME_YEARS = 10;

/** How far back certificates begin, for verifiers whose clocks are behind. */
export const BACKDATE_MS = 30_000;

/** A new root: P-256, ten years, for end-entity certificates only (path length 0). Part of its name is random, so that the CAs of two nodes are told apart. */
export async function makeAuthority(now: Date): Promise<AuthorityFiles> {
  const spec = { algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' } as const;
  const keyPem = encodePrivateKey(await generatePrivateKey(spec), spec);
  const signing = importSigningKey(keyPem);
  if (signing === undefined) throw new TypeError('A P-256 key cannot be imported');
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(now.getUTCFullYear() + LIFETIME_YEARS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ O: ['Podcert'] }, { CN: [`Podcert local CA ${randomBytes(4).toString('hex')}`] }],
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter,
    keys: signing.keys,
    signingAlgorithm: signing.algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new SubjectKeyIdentifierExtension(keyIdentifierOf(createPublicKey(keyPem).export({ type: 'spki', format: 'der' }))),
    ],
  });
  return { certificatePem: formatPem('CERTIFICATE', new Uint8Array(certificate.rawData)), keyPem };
}

/** 128 random bits, positive and not zero (RFC 5280 section 4.1.2.2), in hexadecimal; the encoding adds a zero octet where it must. */
export function newSerial(): string {
  for (;;) {
    const serial = randomBytes(16);
    if (serial.some((byte) => byte !== 0)) return serial.toString('hex');
  }
}

/** A key identifier that need not be the one of RFC 5280 section 4.2.1.2: the first 160 bits of the SHA-256 of the public key (RFC 7093 section 2, method 4). */
export function keyIdentifierOf(subjectPublicKeyInfo: Uint8Array): string {
  return createHash('sha256').update(subjectPublicKeyInfo).digest('hex').slice(0, 40);
}
