import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeTag, readRepository } from '../../release/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PERSON = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com'];

/** A repository of one commit, of 2026-01-31. */
function repository(): { readonly root: string; readonly git: (...args: readonly string[]) => string } {
  const root = temporaryFolder('repository');
  const env = { PATH: process.env['PATH'], GIT_COMMITTER_DATE: '2026-01-31T12:00:00Z', GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = (...args: readonly string[]) => execFileSync('git', [...PERSON, ...args], { cwd: root, env, encoding: 'utf8' });
  git('init', '--quiet');
  git('config', 'user.name', 'Somebody');
  git('config', 'user.email', 'somebody@example.com');
  writeFileSync(join(root, 'a'), 'a');
  git('add', 'a');
  git('commit', '--quiet', '--message=a');
  return { root, git };
}

describe('the repository', () => {
  it('says which commit is released, of when', () => {
    const { root, git } = repository();
    const commit = git('rev-parse', 'HEAD').trim();
    assert.deepEqual(readRepository(root, {}), { commit, committedAt: new Date('2026-01-31T12:00:00Z'), changed: [], tags: [] });
  });

  it('is of the instant that SOURCE_DATE_EPOCH says, if it says one', () => {
    const { committedAt } = readRepository(repository().root, { SOURCE_DATE_EPOCH: '1700000000' });
    assert.equal(committedAt.getTime(), 1_700_000_000_000);
    const message = 'Cannot release: SOURCE_DATE_EPOCH "today" is no number of seconds since 1970; set one, or none';
    assert.throws(() => readRepository(repository().root, { SOURCE_DATE_EPOCH: 'today' }), { message });
  });

  it('names what is not committed, new files included', () => {
    const { root } = repository();
    writeFileSync(join(root, 'a'), 'changed');
    writeFileSync(join(root, 'b'), 'new');
    assert.deepEqual(readRepository(root, {}).changed, ['a', 'b']);
  });

  it('gets a tag that holds the notes as they are, headings included', () => {
    const { root, git } = repository();
    const { commit } = readRepository(root, {});
    makeTag(root, '7.2.0', commit, '### Added\n\n- a thing');
    assert.deepEqual(readRepository(root, {}).tags, ['v7.2.0']);
    assert.equal(git('rev-parse', 'v7.2.0^{commit}').trim(), commit);
    assert.equal(git('tag', '--list', '--format=%(contents)', 'v7.2.0').trim(), 'Podcert 7.2.0\n\n### Added\n\n- a thing');
    assert.throws(() => makeTag(root, '7.2.0', commit, 'again'), /git tag says: .*already exists/);
  });

  it('must be one', () => {
    assert.throws(
      () => readRepository(temporaryFolder('no-repository'), {}),
      /^Error: Cannot release .*: git log says: .*; release from a clone/s,
    );
  });
});
