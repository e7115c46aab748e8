import { X509Certificate } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What a pod shows and trusts in TLS, all of one generation: PEM texts, and the serial of the certificate. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  readonly serial: string;
}

/** Reads a pod's folder. `..data` is resolved once: whatever is renewed between two reads, the three belong together. */
export function readIdentity(folder: string): Identity {
  const generation = join(folder, readlinkSync(join(folder, '..data')));
  const read = (name: string) => readFileSync(join(generation, name), 'utf8');
  const [key, cert, ca] = [read('tls.key'), read('tls.crt'), read('ca.crt')];
  return { key, cert, ca, serial: new X509Certificate(cert).serialNumber };
}
