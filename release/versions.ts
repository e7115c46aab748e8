import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describeProblem } from '../node-agent/errors.ts';

/** What a version of ours looks like: three numbers, and for one that is tried beforehand `-alpha.1`, `-beta.1` or `-rc.1`. */
const VERSION = String.raw`\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?`;

interface Places {
  /** Globs below the root. */
  readonly files: readonly string[];
  /** What stands before the version. */
  readonly before: string;
}

/** What people copy from: commands and manifests that name the image, the chart or their files. */
const FOR_PEOPLE = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/**/*.md',
  'manifests/**/*.md',
  'manifests/**/*.yaml',
  'manifests/Kustomization',
  'Dockerfile',
];

/** Every place outside of CHANGELOG.md that has the version of package.json, which code reads by driver/version.ts. */
const PLACES: readonly Places[] = [
  { files: ['package.json', 'package-lock.json'], before: String.raw`"name": "podcert",\n +"version": "` },
  { files: ['manifests/chart/Chart.yaml'], before: String.raw`^version: ` },
  { files: ['manifests/chart/Chart.yaml'], before: String.raw`^appVersion: ` },
  { files: ['Dockerfile'], before: String.raw`image\.version="` },
  { files: ['README.md'], before: String.raw`\*\*Status\*\*: \D*` },
  { files: FOR_PEOPLE, before: 'podcert:' },
  { files: FOR_PEOPLE, before: 'podcert-' },
  { files: FOR_PEOPLE, before: 'newTag: ' },
  { files: FOR_PEOPLE, before: String.raw`image\.tag=` },
  // What kubectl podcert doctor prints.
  { files: FOR_PEOPLE, before: 'drivers that answered are ' },
];

/** A version as it stands in a file. */
export interface Mention {
  readonly path: string;
  readonly line: number;
  readonly version: string;
}

export function isVersion(text: string): boolean {
  return new RegExp(`^${VERSION}$`).test(text);
}

/** Every place below the root that names the version, in the order of the files. */
export function findVersions(root: string): readonly Mention[] {
  return filesOf(root).flatMap((path) => mentionsIn(path, readFileSync(join(root, path), 'utf8')));
}

/** The places that have another version than the one given, one line each with its cure; `[]` where all agree. */
export function versionProblems(root: string, version: string): readonly string[] {
  return findVersions(root)
    .filter((mention) => mention.version !== version)
    .map((mention) =>
      describeProblem({
        field: `${mention.path}:${mention.line}`,
        value: mention.version,
        why: `is not the version of package.json, ${version}`,
        cure: `run npm run release -- --set-version ${version}`,
      }),
    );
}

/** Writes a version to every place below the root. @returns the files that changed. */
export function setVersion(root: string, version: string): readonly string[] {
  return filesOf(root).filter((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const changed = replaceVersions(path, text, version);
    if (changed !== text) writeFileSync(join(root, path), changed);
    return changed !== text;
  });
}

/** A file's text with another version in its places. */
export function replaceVersions(path: string, text: string, version: string): string {
  return patternsOf(path).reduce((changed, pattern) => changed.replaceAll(pattern, `$<before>${version}`), text);
}

function mentionsIn(path: string, text: string): readonly Mention[] {
  const matches = patternsOf(path).flatMap((pattern) => [...text.matchAll(pattern)]);
  return matches.map((match) => {
    const { before = '', version = '' } = match.groups ?? {};
    return { path, line: text.slice(0, match.index + before.length).split('\n').length, version };
  });
}

function patternsOf(path: string): readonly RegExp[] {
  return PLACES.filter(({ files }) => files.some((glob) => matchesGlob(path, glob))).map(
    ({ before }) => new RegExp(`(?<before>${before})(?<version>${VERSION})`, 'gm'),
  );
}

function filesOf(root: string): readonly string[] {
  return [...new Set(PLACES.flatMap(({ files }) => files.flatMap((glob) => globSync(glob, { cwd: root }).toSorted())))];
}
