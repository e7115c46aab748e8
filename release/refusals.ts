import { describeProblem } from '../node-agent/errors.ts';
import { isUnreleased, notesFor, type Section } from './changelog.ts';
import { type Repository, tagOf } from './repository.ts';
import { isVersion } from './versions.ts';

/** All that decides whether a version can be released. */
export interface Readiness {
  readonly version: string;
  readonly repository: Repository;
  readonly changelog: readonly Section[];
  /** The places that name another version. */
  readonly versionProblems: readonly string[];
}

export interface Refusal {
  /** One line: what is wrong, and its cure. */
  readonly problem: string;
  /** Whether there is nothing to be made either: a dry run is refused too. */
  readonly isFatal: boolean;
}

/** Everything that stands against a release, at once. What only the moment of the release needs is told to a dry run and does not stop it. */
export function judgeReadiness(readiness: Readiness): readonly Refusal[] {
  return [
    ...versionRefusals(readiness),
    ...changelogRefusals(readiness),
    ...repositoryRefusals(readiness).map((problem) => ({ problem, isFatal: false })),
  ];
}

function versionRefusals({ version, versionProblems }: Readiness): readonly Refusal[] {
  const cure = 'run npm run release -- --set-version with one such as 1.2.3 or 1.2.3-rc.1';
  const problems = isVersion(version)
    ? []
    : [describeProblem({ field: 'version in package.json', value: version, why: 'is none of ours', cure })];
  return [...problems, ...versionProblems].map((problem) => ({ problem, isFatal: true }));
}

function changelogRefusals({ version, changelog }: Readiness): readonly Refusal[] {
  const field = 'CHANGELOG.md';
  const section = changelog.find(({ title }) => title === version);
  const refusals: Refusal[] = [];
  if (section?.date === undefined) {
    const why = section === undefined ? `has no section of ${version}` : `has no date for ${version}`;
    const cure = `head what is new with "## [${version}] - " and the day, such as 2026-01-31`;
    refusals.push({ problem: describeProblem({ field, why, cure }), isFatal: notesFor(version, changelog) === undefined });
  }
  if (changelog.some((other) => isUnreleased(other) && other.text !== '')) {
    const cure = `move that to the section of ${version}, since it is released with it`;
    refusals.push({ problem: describeProblem({ field, why: 'has something under [Unreleased]', cure }), isFatal: false });
  }
  return refusals;
}

function repositoryRefusals({ version, repository: { changed, tags } }: Readiness): readonly string[] {
  const problems: string[] = [];
  const [first, ...others] = changed;
  if (first !== undefined) {
    const why = `${others.length === 0 ? 'is' : `and ${others.length} more are`} not as the commit has it`;
    problems.push(describeProblem({ field: 'working tree', value: first, why, cure: 'commit it, or take it away' }));
  }
  const tag = tagOf(version);
  if (tags.includes(tag)) {
    const cure = 'run npm run release -- --set-version with the next one; what is released stays as it is';
    problems.push(describeProblem({ field: 'tag', value: tag, why: 'is there already', cure }));
  }
  return problems;
}
