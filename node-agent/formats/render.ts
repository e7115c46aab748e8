import type { Contents, FileSet, FileSpec } from '../contents.ts';

/** Read by root and the pod's group, by nobody else. */
const READABLE = 0o440;

/** The files of a volume: key, leaf with its chain, and the issuer's CA as it gave it. */
export function renderFiles(contents: Contents, files: FileSpec): FileSet {
  return [
    { name: files.keyFile, content: contents.keyPem, mode: READABLE },
    { name: files.certificateFile, content: contents.chainPem, mode: READABLE },
    { name: files.caFile, content: contents.issuerCaPem, mode: READABLE },
  ];
}
