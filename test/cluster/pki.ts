// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill before it loads.
import 'reflect-metadata';
import { KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type Extension,
  type JsonGeneralNames,
  type X509Certificate,
} from '@peculiar/x509';
import { DAY_MS } from '../../node-agent/clock.ts';
import { STATE } from './folders.ts';
import { API_SERVICE_ADDRESS, NODE_ADDRESS } from './node-network.ts';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** The cluster's only CA: of servers, of clients, and of what the API's own signers sign. */
export interface ClusterAuthority {
  readonly certificatePem: string;
  /** An identity for calls to the API server: user and groups (kubernetes.io, "X509 client certificates"). */
  issueClient(user: string, groups: readonly string[]): Promise<Identity>;
}

/** Makes the CA and writes what the servers need to `STATE/pki`: ca, serving, kubelet-client, service-account (`.crt`, `.key`, `.pub`). */
export async function writePki(): Promise<ClusterAuthority> {
  const keys = await generateKeys();
  const certificate = await makeAuthority(keys);
  const issue = (subject: string, extensions: readonly Extension[]): Promise<Identity> => issueLeaf(certificate, keys, subject, extensions);
  const issueClient = (user: string, groups: readonly string[]): Promise<Identity> =>
    issue([...groups.map((group) => `O=${group}`), `CN=${user}`].join(', '), [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    ]);
  const authority = { certificatePem: certificate.toString('pem'), keyPem: pemOf(keys.privateKey) };
  await mkdir(join(STATE, 'pki'), { recursive: true, mode: 0o700 });
  await write('ca', authority);
  await write('serving', await issue('CN=podcert-cluster', servingExtensions()));
  // The API server calls the kubelet with it, for logs and exec.
  await write('kubelet-client', await issueClient('kube-apiserver', ['system:masters']));
  const serviceAccount = await generateKeys();
  await writeFile(join(STATE, 'pki', 'service-account.key'), pemOf(serviceAccount.privateKey), { mode: 0o600 });
  await writeFile(join(STATE, 'pki', 'service-account.pub'), pemOf(serviceAccount.publicKey));
  return { certificatePem: authority.certificatePem, issueClient };
}

async function makeAuthority(keys: CryptoKeyPair): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned({
    name: 'CN=podcert-cluster CA',
    keys,
    signingAlgorithm: CURVE,
    ...validity(),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

async function issueLeaf(
  authority: X509Certificate,
  authorityKeys: CryptoKeyPair,
  subject: string,
  extensions: readonly Extension[],
): Promise<Identity> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: authority.subjectName,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: CURVE,
    ...validity(),
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      ...extensions,
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: pemOf(keys.privateKey) };
}

/** One certificate for every server of the node: they have the same address. */
function servingExtensions(): Extension[] {
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  const addresses = ['127.0.0.1', NODE_ADDRESS, API_SERVICE_ADDRESS];
  const all: JsonGeneralNames = [
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return [new SubjectAlternativeNameExtension(all), new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth])];
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
}

function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  const nowMs = Date.now();
  return { notBefore: new Date(nowMs - DAY_MS), notAfter: new Date(nowMs + 365 * DAY_MS) };
}

function pemOf(key: CryptoKey): string {
  const object = KeyObject.from(key);
  return String(object.export({ type: object.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }));
}

async function write(name: string, { certificatePem, keyPem }: Identity): Promise<void> {
  await writeFile(join(STATE, 'pki', `${name}.crt`), certificatePem);
  await writeFile(join(STATE, 'pki', `${name}.key`), keyPem, { mode: 0o600 });
}
