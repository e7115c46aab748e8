import type { FileSpec } from '../contents.ts';
import type { AttributeReader } from './attribute-reader.ts';
import { type Fault, type Parsed, all, parsed, refused, unless } from './parsed.ts';

/** A volume's files by their names; the group comes from elsewhere. */
export type FileNames = Omit<FileSpec, 'fsGroup'>;

/** NAME_MAX of Linux file systems. */
const MAXIMUM_BYTES = 255;

/** The names of a volume's three files, no two alike. */
export function parseFileNames(reader: AttributeReader): Parsed<FileNames> {
  const names = all<FileNames>({
    caFile: reader.read('csi.cert-manager.io/ca-file', parseFileName),
    certificateFile: reader.read('csi.cert-manager.io/certificate-file', parseFileName),
    keyFile: reader.read('csi.cert-manager.io/privatekey-file', parseFileName),
  });
  if (names.kind === 'refused') return names;
  const { caFile, certificateFile, keyFile } = names.value;
  const cure = 'give each file a name of its own (defaults: ca.crt, tls.crt, tls.key)';
  const twice = (attribute: string, value: string) => ({
    field: `csi.cert-manager.io/${attribute}`,
    value,
    why: 'names another file too',
    cure,
  });
  const problems = [
    ...(certificateFile === caFile ? [twice('certificate-file', certificateFile)] : []),
    ...(keyFile === caFile || keyFile === certificateFile ? [twice('privatekey-file', keyFile)] : []),
  ];
  return unless(problems, names.value);
}

/** A plain name within the volume's own directory; one that begins with `..` could be one of ours there. */
function parseFileName(text: string): Parsed<string, Fault> {
  const rules: readonly (readonly [isBroken: boolean, why: string])[] = [
    [text.includes('/'), 'is a path'],
    [text === '.' || text.startsWith('..'), 'is "." or begins with ".."'],
    [text.includes('\0'), 'has a NUL character within'],
    [text.trim() !== text, 'has a space around it'],
    [Buffer.byteLength(text) > MAXIMUM_BYTES, `is longer than ${MAXIMUM_BYTES} bytes`],
  ];
  const broken = rules.filter(([isBroken]) => isBroken).map(([, why]) => why);
  if (broken.length === 0) return parsed(text);
  return refused({ why: broken.join(' and '), cure: 'write a plain file name, such as "tls.crt"' });
}
