// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill before it loads.
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type JsonGeneralNames,
  type X509Certificate,
} from '@peculiar/x509';
import { DAY_MS, systemClock, type Clock } from '../../node-agent/clock.ts';

export { KeyUsageFlags };

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** How a certificate differs from what a careful CA would issue for the request; every field absent: not at all. */
export interface SignOptions {
  /** From the clock's now on; default 1 hour. */
  readonly durationMs?: number;
  /** Default: 30 s before the clock's now. */
  readonly notBeforeAt?: Date;
  /** Wins over `durationMs`. */
  readonly notAfterAt?: Date;
  /** Default false. */
  readonly isCa?: boolean;
  /** Default: digitalSignature and keyEncipherment, `none`: no such extension. */
  readonly keyUsage?: KeyUsageFlags | 'none';
  /** Dotted object identifiers; default: no such extension. */
  readonly extendedKeyUsage?: readonly string[];
  /** As the library writes names, such as `CN=other`; default: the request's. */
  readonly subject?: string;
  /** Alternative names in place of the request's. */
  readonly names?: JsonGeneralNames;
  /** DNS names after the request's. */
  readonly extraDns?: readonly string[];
  /** A value in place of the extension's own, well-formed or not. */
  readonly rawNames?: Uint8Array<ArrayBuffer>;
  /** A PEM request whose public key is certified in place of the request's own. */
  readonly otherKeyOf?: string;
  /** Leave out the intermediate. */
  readonly withoutChain?: boolean;
}

interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: CryptoKeyPair;
}

/** A CA that signs whatever it is given, as well or as badly as asked: a root, and below it an intermediate if wanted. */
export interface CertificateAuthority {
  readonly rootPem: string;
  /** Absent where the root signs. */
  readonly intermediatePem?: string;
  sign(csrPem: string, options?: SignOptions): Promise<{ readonly chainPem: string; readonly caPem: string }>;
}

/** What a CA of a test is made of; the authorities' own lifetimes hold ten years from the clock's now. */
export interface AuthorityOptions {
  readonly clock?: Clock;
  readonly name?: string;
  readonly intermediate?: boolean;
  /** When the authority that signs ends. */
  readonly notAfterAt?: Date;
  /** The path length constraint of the root; default none. */
  readonly pathLength?: number;
  /** Whether the authority that signs says that it is a CA; default true. */
  readonly signerIsCa?: boolean;
}

/** @returns an authority whose chains OpenSSL accepts in its strict mode, unless an option says otherwise. */
export async function createCertificateAuthority(options: AuthorityOptions = {}): Promise<CertificateAuthority> {
  const { clock = systemClock, name = 'Test CA' } = options;
  const own = { clock, ...(options.notAfterAt === undefined ? {} : { notAfterAt: options.notAfterAt }), isCa: options.signerIsCa ?? true };
  const root = await makeAuthority(`CN=${name} Root`, {
    clock,
    pathLength: options.pathLength,
    ...(options.intermediate === true ? {} : own),
  });
  const signer = options.intermediate === true ? await makeAuthority(`CN=${name} Intermediate`, own, root) : root;
  const rootPem = pem(root.certificate);
  const intermediatePem = signer === root ? undefined : pem(signer.certificate);
  return {
    rootPem,
    ...(intermediatePem === undefined ? {} : { intermediatePem }),
    async sign(csrPem, signOptions = {}) {
      const leaf = await signRequest(signer, clock, csrPem, signOptions);
      const chain = intermediatePem === undefined || signOptions.withoutChain === true ? '' : intermediatePem;
      return { chainPem: pem(leaf) + chain, caPem: rootPem };
    },
  };
}

interface OwnOptions {
  readonly clock: Clock;
  readonly notAfterAt?: Date;
  readonly isCa?: boolean;
  readonly pathLength?: number | undefined;
}

async function makeAuthority(
  subject: string,
  { clock, notAfterAt, isCa = true, pathLength }: OwnOptions,
  parent?: Authority,
): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const nowMs = clock.now().getTime();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject,
    issuer: parent?.certificate.subjectName ?? subject,
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: notAfterAt ?? new Date(nowMs + 3650 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (parent?.keys ?? keys).privateKey,
    signingAlgorithm: CURVE,
    extensions: [
      new BasicConstraintsExtension(isCa, pathLength, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create((parent?.keys ?? keys).publicKey),
    ],
  });
  return { certificate, keys };
}

async function signRequest(signer: Authority, clock: Clock, csrPem: string, options: SignOptions): Promise<X509Certificate> {
  const request = new Pkcs10CertificateRequest(csrPem);
  if (!(await request.verify())) throw new Error('The request is not signed by its key');
  const nowMs = clock.now().getTime();
  const publicKey = options.otherKeyOf === undefined ? request.publicKey : new Pkcs10CertificateRequest(options.otherKeyOf).publicKey;
  return X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: options.subject === undefined ? request.subjectName : new Name(options.subject),
    issuer: signer.certificate.subjectName,
    notBefore: options.notBeforeAt ?? new Date(nowMs - 30_000),
    notAfter: options.notAfterAt ?? new Date(nowMs + (options.durationMs ?? 3_600_000)),
    publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: CURVE,
    extensions: [
      new BasicConstraintsExtension(options.isCa ?? false, undefined, true),
      ...usages(options),
      ...names(request, options),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
    ],
  });
}

function usages({ keyUsage = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, extendedKeyUsage }: SignOptions): Extension[] {
  return [
    ...(keyUsage === 'none' ? [] : [new KeyUsagesExtension(keyUsage, true)]),
    ...(extendedKeyUsage === undefined ? [] : [new ExtendedKeyUsageExtension([...extendedKeyUsage])]),
  ];
}

function names(request: Pkcs10CertificateRequest, { names, extraDns = [], rawNames }: SignOptions): Extension[] {
  const requested = request.getExtension('2.5.29.17');
  if (rawNames !== undefined) return [new Extension('2.5.29.17', false, rawNames)];
  if (names === undefined && extraDns.length === 0) return requested === null ? [] : [requested];
  const kept = names ?? (requested === null ? [] : new SubjectAlternativeNameExtension(requested.rawData).names.toJSON());
  const all = [...kept, ...extraDns.map((value) => ({ type: 'dns' as const, value }))];
  return all.length === 0 ? [] : [new SubjectAlternativeNameExtension(all, requested?.critical ?? false)];
}

/** 127 random bits, so that the number is positive. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x01;
  return bytes.toString('hex');
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
