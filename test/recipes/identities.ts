// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill before it loads.
import 'reflect-metadata';
import { KeyObject } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import type { JsonGeneralNames } from '@peculiar/x509';
import type { CertificateAuthority } from '../support/certificate-authority.ts';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** What one side of TLS shows and trusts, in PEM; without key and certificate it shows nothing. */
export interface Identity {
  readonly key?: string;
  readonly cert?: string;
  readonly ca: string;
}

/** What is in a volume at the moment, all of one generation. */
export function identityIn(volume: string): Identity {
  const generation = join(volume, readlinkSync(join(volume, '..data')));
  const read = (name: string) => readFileSync(join(generation, name), 'utf8');
  return { key: read('tls.key'), cert: read('tls.crt'), ca: read('ca.crt') };
}

/** Who somebody is to be: a subject such as `CN=web`, and alternative names. */
export interface WantedIdentity {
  readonly subject: string;
  readonly names: JsonGeneralNames;
}

/** Somebody who has no volume. @param trusted the CA whose certificates they believe. */
export async function makeIdentity(
  authority: CertificateAuthority,
  { subject, names }: WantedIdentity,
  trusted: CertificateAuthority = authority,
): Promise<Identity> {
  const keys = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: CURVE });
  const { chainPem } = await authority.sign(request.toString('pem'), { subject, names });
  const key = String(KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }));
  return { key, cert: chainPem, ca: trusted.rootPem };
}
