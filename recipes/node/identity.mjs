import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export const directory = process.env.CERTIFICATES ?? '/certificates';

/** Key, certificate and CA of one generation: `..data` is resolved once, since the files change between two looks at it. */
export function readIdentity() {
  const generation = join(directory, readlinkSync(join(directory, '..data')));
  const read = (name) => readFileSync(join(generation, name));
  return { key: read('tls.key'), cert: read('tls.crt'), ca: read('ca.crt') };
}
