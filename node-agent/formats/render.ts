import type { Contents, FileSet, FileSpec, VolumeFile } from '../contents.ts';
import { trustedCaPem } from './certificates.ts';
import { chainAbove, combine } from './combined.ts';
import { certificateDer, keyDer } from './der-files.ts';
import { keystore, truststore } from './pkcs12.ts';

/** What others never get of a file that holds a key. */
const OTHERS = 0o007;

/** The files of a volume: key, leaf with its chain, the CA, and what else the pod asks for. */
export async function renderFiles(contents: Contents, spec: FileSpec): Promise<FileSet> {
  const open = (name: string, content: VolumeFile['content']) => ({ name, content, mode: spec.mode });
  const secret = (name: string, content: VolumeFile['content']) => ({ name, content, mode: spec.mode & ~OTHERS });
  const { chainFile, combined, der, keystores } = spec;
  const files = [
    secret(spec.keyFile, contents.keyPem),
    open(spec.certificateFile, contents.chainPem),
    open(spec.caFile, trustedCaPem(contents)),
  ];
  if (chainFile !== undefined) files.push(open(chainFile, chainAbove(contents)));
  if (combined !== undefined) {
    const holdsKey = combined.order.includes('key');
    files.push((holdsKey ? secret : open)(combined.file, combine(contents, combined.order)));
  }
  if (der !== undefined) files.push(secret(der.keyFile, keyDer(contents)), open(der.certificateFile, certificateDer(contents)));
  if (keystores !== undefined) {
    files.push(secret(keystores.file, await keystore(contents, keystores)));
    const { truststoreFile } = keystores;
    if (truststoreFile !== undefined) files.push(open(truststoreFile, await truststore(contents, keystores)));
  }
  return files;
}
