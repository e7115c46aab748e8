import { describeProblem } from '../node-agent/errors.ts';
import type { Problem } from '../node-agent/errors.ts';

/** What is read of package.json (npm's documentation, "package.json"). */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  /** The packages whose install scripts somebody has looked at, and whether they are run. */
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** What is read of package-lock.json (npm's documentation, "package-lock.json", version 3). */
export interface LockFile {
  readonly lockfileVersion: number;
  /** By folder; the project itself has the empty one. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** A package in the lock file. */
export interface LockedPackage extends Manifest {
  /** Only where it differs from that of the folder: an alias. */
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

/** SPDX identifiers of licences that ask for no more than that their text is passed on (`build-licenses.ts` does), or for less. */
const LICENCES = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'PSF-2.0', 'Unlicense']);

const EXACT_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** Where npm puts the registry that is configured in the place of this one (its option `replace-registry-host`). */
const REGISTRY = 'https://registry.npmjs.org/';

/** Everything that is wrong with what the project depends on, one line each, with the name of the package. */
export function judgeLockFile(manifest: Manifest, lock: LockFile): readonly string[] {
  if (lock.lockfileVersion !== 3) return [`package-lock.json has version ${lock.lockfileVersion}, and this judges version 3`];
  const packages = Object.entries(lock.packages).filter(([folder]) => folder !== '');
  const problems = [
    ...pinProblems(manifest, lock),
    ...packages.flatMap(([folder, locked]) => [...originProblems(locked, folder), ...licenceProblems(locked, folder)]),
    ...scriptProblems(manifest.allowScripts ?? {}, packages),
  ];
  return problems.map(describeProblem);
}

/** The name of the package in a folder such as `node_modules/a/node_modules/@b/c`. */
function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function pinProblems(manifest: Manifest, lock: LockFile): readonly Problem[] {
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
  return kinds.flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}).flatMap(([name, value]) => {
      const field = `${name} in ${kind}`;
      if (!EXACT_VERSION.test(value)) return [{ field, value, why: 'is no exact version', cure: 'write one, such as 1.2.3' }];
      const locked = lock.packages[`node_modules/${name}`]?.version;
      if (locked === value && lock.packages['']?.[kind]?.[name] === value) return [];
      return [{ field, value, why: `is not what package-lock.json has, ${locked ?? 'nothing'}`, cure: 'run npm install' }];
    }),
  );
}

function originProblems({ name, version, resolved, integrity, link }: LockedPackage, folder: string): readonly Problem[] {
  const problems: Problem[] = [];
  const isFromRegistry = resolved === undefined || resolved.startsWith(`${REGISTRY}${name ?? nameOf(folder)}/-/`);
  if (link === true || !isFromRegistry) {
    const found = resolved === undefined ? {} : { value: resolved };
    problems.push({ field: folder, ...found, why: 'comes from elsewhere than the registry', cure: 'depend on a published version' });
  }
  if (!EXACT_VERSION.test(version ?? '')) {
    problems.push({ field: folder, value: version ?? '', why: 'has no exact version', cure: 'run npm install' });
  }
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '')) {
    problems.push({
      field: folder,
      value: integrity ?? '',
      why: 'has no SHA-512 to be checked by',
      cure: 'remove the entry and run npm install',
    });
  }
  return problems;
}

function licenceProblems({ license }: LockedPackage, folder: string): readonly Problem[] {
  if (license !== undefined && LICENCES.has(license)) return [];
  const cure = 'do without it, or let somebody read its licence and add that to audit/lock-file.ts';
  return [{ field: folder, value: license ?? '', why: 'has a licence that nobody has agreed to', cure }];
}

function scriptProblems(
  allowed: Readonly<Record<string, boolean>>,
  packages: readonly (readonly [string, LockedPackage])[],
): readonly Problem[] {
  const having = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const names = new Set(having.map(([folder, { name }]) => name ?? nameOf(folder)));
  const unheard = having.filter(([folder, { name }]) => !Object.hasOwn(allowed, name ?? nameOf(folder)));
  const idle = Object.keys(allowed).filter((name) => !names.has(name));
  return [
    ...unheard.map(([field]) => ({
      field,
      why: 'has a script that runs at its installation',
      cure: 'read it, then say in allowScripts whether it is run',
    })),
    ...idle.map((name) => ({ field: `${name} in allowScripts`, why: 'has no such script', cure: 'take it out' })),
  ];
}
