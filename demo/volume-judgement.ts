import { createPrivateKey, X509Certificate } from 'node:crypto';
import { lstat, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from './check.ts';
import { readIdentity } from './identity-files.ts';
import { openssl } from './openssl.ts';
import type { Pod } from './pods.ts';

/** What tells one generation of a volume's files from any other. */
export interface Generation {
  readonly serial: string;
  /** The inodes of the key and of the link `..data`: a file written anew has another. */
  readonly inodes: string;
}

export async function readGeneration(target: string): Promise<Generation> {
  const { serial } = readIdentity(target);
  const [key, data] = [await stat(join(target, 'tls.key')), await lstat(join(target, '..data'))];
  return { serial, inodes: `${key.dev}:${key.ino} ${data.dev}:${data.ino}` };
}

/**
 * Lets OpenSSL judge the chain for the pod's purpose and name, and Node whether the key belongs to it.
 * @throws {CheckFailed} with what is wrong.
 */
export async function judgeVolume(target: string, { purpose, dnsName, uri }: Pod): Promise<string> {
  const generation = join(target, await readlink(join(target, '..data')));
  const [chain, ca] = [join(generation, 'tls.crt'), join(generation, 'ca.crt')];
  await openssl('verify', '-x509_strict', '-purpose', purpose, '-verify_hostname', dnsName, '-CAfile', ca, chain);
  const { key, cert } = readIdentity(target);
  const leaf = new X509Certificate(cert);
  check(leaf.checkPrivateKey(createPrivateKey(key)), `tls.key in ${target} does not belong to tls.crt`);
  check(leaf.subjectAltName?.includes(`URI:${uri}`) === true, `the certificate is for ${leaf.subjectAltName}, not for ${uri}`);
  return `openssl verify says OK as ${purpose} ${dnsName}; the key belongs to it`;
}
