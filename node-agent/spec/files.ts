import { COMBINED_PARTS, type CombinedPart, type FileSpec } from '../contents.ts';
import { listOf } from './alternative-names.ts';
import type { AttributeReader } from './attribute-reader.ts';
import { type NamedFile, parseFileName, sharedNames } from './file-names.ts';
import { parseKeystores } from './keystores.ts';
import { keyword, parseBoolean } from './keyword.ts';
import { type Fault, type Parsed, all, parsed, refused, unless } from './parsed.ts';

/** A volume's files; the group comes from elsewhere. */
export type OwnFiles = Omit<FileSpec, 'fsGroup'>;

interface Parts {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly chainFile: string | undefined;
  readonly combined: FileSpec['combined'];
  readonly isDerWanted: boolean;
  readonly keystores: FileSpec['keystores'];
  readonly mode: number;
}

const DER_FILES = { keyFile: 'key.der', certificateFile: 'tls.der' };

/** The files of a volume, no two of one name. @param secrets where the password of its keystore may be. */
export function parseFiles(reader: AttributeReader, secrets: Readonly<Record<string, string>>): Parsed<OwnFiles> {
  const parts = all<Parts>({
    caFile: reader.read('csi.cert-manager.io/ca-file', parseFileName),
    certificateFile: reader.read('csi.cert-manager.io/certificate-file', parseFileName),
    keyFile: reader.read('csi.cert-manager.io/privatekey-file', parseFileName),
    chainFile: reader.read('podcert.io/chain-file', parseFileName),
    combined: parseCombined(reader),
    isDerWanted: reader.read('podcert.io/der', parseBoolean),
    keystores: parseKeystores(reader, secrets),
    mode: reader.read('podcert.io/file-mode', parseFileMode),
  });
  if (parts.kind === 'refused') return parts;
  const { chainFile, combined, isDerWanted, keystores, ...others } = parts.value;
  const files: OwnFiles = {
    ...others,
    ...(chainFile !== undefined && { chainFile }),
    ...(combined && { combined }),
    ...(isDerWanted && { der: DER_FILES }),
    ...(keystores && { keystores }),
  };
  return unless(sharedNames(namesOf(files)), files);
}

/** What the files of a set are called. */
export function fileNames(files: OwnFiles): readonly string[] {
  return namesOf(files).map(({ name }) => name);
}

function namesOf({ caFile, certificateFile, keyFile, chainFile, combined, der, keystores }: OwnFiles): readonly NamedFile[] {
  const named = [
    { attribute: 'csi.cert-manager.io/ca-file', name: caFile },
    { attribute: 'csi.cert-manager.io/certificate-file', name: certificateFile },
    { attribute: 'csi.cert-manager.io/privatekey-file', name: keyFile },
    { attribute: 'podcert.io/chain-file', name: chainFile },
    { attribute: 'podcert.io/combined-file', name: combined?.file },
    { attribute: 'podcert.io/der', name: der?.certificateFile },
    { attribute: 'podcert.io/der', name: der?.keyFile },
    { attribute: 'csi.cert-manager.io/pkcs12-filename', name: keystores?.file },
    { attribute: 'podcert.io/truststore-file', name: keystores?.truststoreFile },
  ] as const;
  return named.flatMap(({ attribute, name }) => (name === undefined ? [] : [{ attribute, name }]));
}

function parseCombined(reader: AttributeReader): Parsed<FileSpec['combined']> {
  const parts = all<{ file: string | undefined; order: readonly CombinedPart[]; alone: undefined }>({
    file: reader.read('podcert.io/combined-file', parseFileName),
    order: reader.read('podcert.io/combined-order', parseOrder),
    alone: reader.refuseWithout('podcert.io/combined-file', ['podcert.io/combined-order']),
  });
  if (parts.kind === 'refused') return parts;
  const { file, order } = parts.value;
  return parsed(file === undefined ? undefined : { file, order });
}

const parseParts = listOf(keyword(COMBINED_PARTS));

function parseOrder(text: string): Parsed<readonly CombinedPart[], Fault> {
  const order = parseParts(text);
  if (order.kind === 'refused' || new Set(order.value).size === order.value.length) return order;
  return refused({ why: 'names a part twice', cure: 'name each part once at most' });
}

/** Others may read what is public, nobody may write, and what is to be read by nobody need not be there. */
const MODES: ReadonlyMap<string, number> = new Map([
  ['0400', 0o400],
  ['0440', 0o440],
  ['0444', 0o444],
]);

function parseFileMode(text: string): Parsed<number, Fault> {
  const mode = MODES.get(text.padStart(4, '0'));
  if (mode !== undefined) return parsed(mode);
  const cure = `write one of ${[...MODES.keys()].map((known) => `"${known}"`).join(', ')}; a file with a key never gets more than "0440"`;
  return refused({ why: 'is not a mode for these files', cure });
}
