import { createHash } from 'node:crypto';
import type { LockFile } from '../audit/lock-file.ts';

/** What is told of one thing that is released. */
export interface Content {
  /** The name of its file. */
  readonly file: string;
  readonly type: 'container' | 'application';
  readonly sha256: string;
  readonly purl?: string;
  /** The npm packages in it, as folders of the lock file. */
  readonly packages: readonly string[];
  /** What else is in it. */
  readonly parts: readonly Part[];
}

/** A part that is no npm package. */
export interface Part {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** For scanners that know it by that (NIST IR 7695). */
  readonly cpe?: string;
  readonly licence: { readonly id: string } | { readonly name: string };
  readonly sha256?: string;
}

/** What the whole is about. */
export interface Release {
  readonly version: string;
  readonly commit: string;
  readonly committedAt: Date;
}

/**
 * The software bill of materials (CycloneDX 1.6): each released file, what is in it, and what of that needs what.
 * The same release has the same bytes.
 */
export function describeContents({ version, commit, committedAt }: Release, contents: readonly Content[], lock: LockFile): object {
  const ref = `podcert@${version}`;
  const packages = contents.flatMap((content) => content.packages);
  // A version that npm put into two folders is one component.
  const folders = [...new Map(packages.map((folder) => [purlOf(folder, lock), folder])).values()].toSorted();
  const parts = new Map(contents.flatMap((content) => content.parts.map((part) => [part.purl, part] as const)));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(`${version} ${commit}`)}`,
    version: 1,
    metadata: {
      timestamp: committedAt.toISOString(),
      component: { type: 'application', 'bom-ref': ref, name: 'podcert', version, licenses: [{ license: { id: 'Apache-2.0' } }] },
    },
    components: [
      ...contents.map((content) => describeFile(content, version)),
      ...folders.map((folder) => describePackage(folder, lock)),
      ...[...parts.values()].map(describePart),
    ],
    dependencies: [
      { ref, dependsOn: contents.map(({ file }) => file) },
      ...contents.map(({ file, packages, parts }) => ({
        ref: file,
        dependsOn: [...purlsOf(packages, lock), ...parts.map(({ purl }) => purl)],
      })),
      ...folders.map((folder) => ({ ref: purlOf(folder, lock), dependsOn: purlsOf(neededBy(folder, packages, lock), lock) })),
    ],
  };
}

function describeFile({ file, type, sha256, purl }: Content, version: string): object {
  const licenses = [{ license: { id: 'Apache-2.0' } }];
  return {
    type,
    'bom-ref': file,
    name: file,
    version,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    licenses,
    ...(purl !== undefined && { purl }),
  };
}

function describePackage(folder: string, lock: LockFile): object {
  const { version, license, integrity } = lockedPackage(folder, lock);
  const [, group, name] = /^(?:(@[^/]+)\/)?(.+)$/.exec(nameOf(folder)) ?? [];
  const purl = purlOf(folder, lock);
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group !== undefined && { group }),
    name,
    version,
    hashes: [{ alg: 'SHA-512', content: Buffer.from((integrity ?? '').replace('sha512-', ''), 'base64').toString('hex') }],
    licenses: [{ license: { id: license } }],
    purl,
  };
}

function describePart({ name, version, purl, cpe, licence, sha256 }: Part): object {
  const hashes = sha256 === undefined ? {} : { hashes: [{ alg: 'SHA-256', content: sha256 }] };
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    ...hashes,
    licenses: [{ license: licence }],
    ...(cpe !== undefined && { cpe }),
    purl,
  };
}

/** The included packages that a package names as its dependencies, optional ones too, found as Node finds them: in its folder, then further up. */
function neededBy(folder: string, included: readonly string[], lock: LockFile): readonly string[] {
  const { dependencies, optionalDependencies } = lockedPackage(folder, lock);
  return Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => {
    for (let above = `${folder}/`; ; above = above.slice(0, above.lastIndexOf('node_modules/', above.length - 2))) {
      const candidate = `${above}node_modules/${name}`;
      if (lock.packages[candidate] !== undefined) return included.includes(candidate) ? [candidate] : [];
      if (above === '') return [];
    }
  });
}

function purlsOf(folders: readonly string[], lock: LockFile): readonly string[] {
  return [...new Set(folders.map((folder) => purlOf(folder, lock)))];
}

/** The package's URL (github.com/package-url, type "npm"). */
function purlOf(folder: string, lock: LockFile): string {
  return `pkg:npm/${nameOf(folder).replace('@', '%40')}@${lockedPackage(folder, lock).version}`;
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function lockedPackage(folder: string, lock: LockFile) {
  const found = lock.packages[folder];
  if (found === undefined) throw new Error(`Cannot tell what "${folder}" is: package-lock.json does not have it; run npm ci`);
  return found;
}

/** Made from a text, always the same (RFC 9562 section 5.8, version 8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
