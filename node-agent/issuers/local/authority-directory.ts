import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { misconfigured, type Problem } from '../../errors.ts';
import type { Disk } from '../../ports.ts';
import { matches } from '../../issuance/certificate.ts';
import type { AuthorityFiles } from './authority.ts';

const CERTIFICATE = 'ca.crt';
const KEY = 'ca.key';
const NEW = '.new';

/** More than any chain of CAs has. */
const MAXIMUM_BYTES = 256 * 1024;

/** The folder of a local CA. Its files may be symbolic links, as in a mounted Secret. */
export interface AuthorityDirectory {
  readonly path: string;
  readonly disk: Disk;
}

/**
 * Reads `ca.crt` and `ca.key`.
 * @param couldNot how the error begins.
 * @returns undefined where neither is there.
 * @throws {AgentError} `misconfigured` with everything that is wrong with the folder or its files.
 */
export async function readFiles({ path, disk }: AuthorityDirectory, couldNot: string): Promise<AuthorityFiles | undefined> {
  if (!(await isDirectory(path)))
    throw misconfigured(couldNot, [{ field: 'folder', value: path, why: 'it is no folder', cure: 'create it' }]);
  await finishWriting({ path, disk });
  const [certificate, key] = await Promise.all([readOne(path, CERTIFICATE), readOne(path, KEY)]);
  if (certificate.kind === 'text' && key.kind === 'text') return { certificatePem: certificate.text, keyPem: key.text };
  if (certificate.kind === 'absent' && key.kind === 'absent') return undefined;
  throw misconfigured(
    couldNot,
    [problemOf(CERTIFICATE, certificate, KEY), problemOf(KEY, key, CERTIFICATE)].filter((problem) => problem !== undefined),
  );
}

/** Writes both files, readable by us alone, so that {@link readFiles} finds both or, after a crash, finishes or forgets what was begun. */
export async function writeFiles({ path, disk }: AuthorityDirectory, { certificatePem, keyPem }: AuthorityFiles): Promise<void> {
  for (const name of [CERTIFICATE, KEY]) await disk.removeFile(join(path, name + NEW));
  await disk.writeFile(join(path, CERTIFICATE + NEW), certificatePem, 0o600);
  await disk.writeFile(join(path, KEY + NEW), keyPem, 0o600);
  // The commit: from here on the certificate that waits belongs to a key in place.
  await disk.rename(join(path, KEY + NEW), join(path, KEY));
  await disk.rename(join(path, CERTIFICATE + NEW), join(path, CERTIFICATE));
}

/** Moves the certificate into place that a crash left waiting beside its key. */
async function finishWriting({ path, disk }: AuthorityDirectory): Promise<void> {
  const [certificate, waiting, key] = await Promise.all([CERTIFICATE, CERTIFICATE + NEW, KEY].map((name) => readOne(path, name)));
  if (certificate?.kind !== 'absent' || waiting?.kind !== 'text' || key?.kind !== 'text') return;
  if (matches(key.text, waiting.text)) await disk.rename(join(path, CERTIFICATE + NEW), join(path, CERTIFICATE));
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

type Found =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unusable'; readonly why: string; readonly cure: string };

async function readOne(directory: string, name: string): Promise<Found> {
  const path = join(directory, name);
  try {
    const { mode, size } = await stat(path);
    if (size > MAXIMUM_BYTES)
      return { kind: 'unusable', why: `it has ${size} bytes, more than ${MAXIMUM_BYTES}`, cure: 'put a PEM file there' };
    if (name === KEY && (mode & 0o077) !== 0) {
      const why = `its mode ${(mode & 0o777).toString(8).padStart(4, '0')} lets others than its owner at the key`;
      return { kind: 'unusable', why, cure: 'chmod 600 it; of a Secret volume set defaultMode: 0400' };
    }
    return { kind: 'text', text: await readFile(path, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'unusable', why: `it cannot be read (${code ?? message})`, cure: 'let the driver read it' };
  }
}

function problemOf(name: string, found: Found, other: string): Problem | undefined {
  switch (found.kind) {
    case 'text':
      return undefined;
    case 'absent':
      return { field: name, why: `it is missing, though ${other} is there`, cure: `put both there, or remove ${other} to have both made` };
    case 'unusable':
      return { field: name, why: found.why, cure: found.cure };
    default:
      return found satisfies never;
  }
}
