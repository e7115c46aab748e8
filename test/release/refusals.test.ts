import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeReadiness, type Readiness } from '../../release/refusals.ts';

const READY: Readiness = {
  version: '7.2.0',
  repository: { commit: 'c0ffee', committedAt: new Date(0), changed: [], tags: ['v7.1.0'] },
  changelog: [
    { title: 'Unreleased', text: '' },
    { title: '7.2.0', date: '2026-12-24', text: '- a thing' },
  ],
  versionProblems: [],
};

describe('a release', () => {
  it('is refused by nothing where all is ready', () => assert.deepEqual(judgeReadiness(READY), []));

  for (const { name, change, problem, isFatal } of [
    {
      name: 'a file that is not committed',
      change: { repository: { ...READY.repository, changed: ['README.md'] } },
      problem: 'working tree "README.md": is not as the commit has it; commit it, or take it away',
      isFatal: false,
    },
    {
      name: 'several files that are not committed',
      change: { repository: { ...READY.repository, changed: ['a', 'b', 'c'] } },
      problem: 'working tree "a": and 2 more are not as the commit has it; commit it, or take it away',
      isFatal: false,
    },
    {
      name: 'a tag that is there',
      change: { repository: { ...READY.repository, tags: ['v7.2.0'] } },
      problem: 'tag "v7.2.0": is there already; run npm run release -- --set-version with the next one; what is released stays as it is',
      isFatal: false,
    },
    {
      name: 'a section without a day',
      change: { changelog: [{ title: '7.2.0', text: '- a thing' }] },
      problem: 'CHANGELOG.md: has no date for 7.2.0; head what is new with "## [7.2.0] - " and the day, such as 2026-01-31',
      isFatal: false,
    },
    {
      name: 'no section',
      change: { changelog: [{ title: '7.1.0', date: '2026-11-01', text: '- the first' }] },
      problem: 'CHANGELOG.md: has no section of 7.2.0; head what is new with "## [7.2.0] - " and the day, such as 2026-01-31',
      isFatal: true,
    },
    {
      name: 'something that would be released and is in no section',
      change: { changelog: [{ title: 'Unreleased', text: '- another' }, ...READY.changelog.slice(1)] },
      problem: 'CHANGELOG.md: has something under [Unreleased]; move that to the section of 7.2.0, since it is released with it',
      isFatal: false,
    },
    {
      name: 'a place with another version',
      change: { versionProblems: ['Dockerfile:2 "7.1.0": …'] },
      problem: 'Dockerfile:2 "7.1.0": …',
      isFatal: true,
    },
    {
      name: 'a version that is none',
      change: {
        version: '7.2',
        changelog: [{ title: '7.2', date: '2026-12-24', text: '- a thing' }],
      },
      problem: 'version in package.json "7.2": is none of ours; run npm run release -- --set-version with one such as 1.2.3 or 1.2.3-rc.1',
      isFatal: true,
    },
  ] satisfies { name: string; change: Partial<Readiness>; problem: string; isFatal: boolean }[]) {
    it(`is refused by ${name}, and a dry run ${isFatal ? 'too' : 'only told of it'}`, () => {
      assert.deepEqual(judgeReadiness({ ...READY, ...change }), [{ problem, isFatal }]);
    });
  }

  it('is told of all that stands against it at once', () => {
    const repository = { ...READY.repository, changed: ['a'], tags: ['v7.2.0'] };
    const refusals = judgeReadiness({ ...READY, repository, changelog: [{ title: 'Unreleased', text: '- a thing' }] });
    assert.deepEqual(
      refusals.map(({ problem }) => problem.split(/[ :]/)[0]),
      ['CHANGELOG.md', 'CHANGELOG.md', 'working', 'tag'],
    );
  });
});
