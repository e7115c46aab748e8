import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERSION } from '../../driver/version.ts';
import { notesFor, readChangelog } from '../../release/changelog.ts';

const TEXT = `# Changelog

All notable changes.

## [Unreleased]

## [7.2.0] - 2026-12-24

### Added

- a thing

## [7.1.0]

- the first

[Unreleased]: https://example.com/compare/v7.2.0...HEAD
[7.2.0]: https://example.com/compare/v7.1.0...v7.2.0
`;

describe('the changelog', () => {
  const sections = readChangelog(TEXT);

  it('is cut into versions with their days, without the targets of links', () => {
    assert.deepEqual(sections, [
      { title: 'Unreleased', text: '' },
      { title: '7.2.0', date: '2026-12-24', text: '### Added\n\n- a thing' },
      { title: '7.1.0', text: '- the first' },
    ]);
  });

  it('gives the notes of a version, and before there are any those of what is to be one', () => {
    assert.equal(notesFor('7.2.0', sections), '### Added\n\n- a thing');
    assert.equal(notesFor('7.3.0', readChangelog('## [Unreleased]\n\n- soon\n')), '- soon');
  });

  it('gives notes that name files and link to what has an address, since they are read elsewhere', () => {
    const text = '- [one `file`](docs/a.md#b), [docs/c.md](docs/c.md), [a page](https://example.com/)';
    assert.equal(notesFor('1.0.0', [{ title: '1.0.0', text }]), '- one `file` (docs/a.md#b), docs/c.md, [a page](https://example.com/)');
  });

  it('has no notes where nobody has written any', () => {
    assert.equal(notesFor('7.3.0', sections), undefined);
    assert.equal(notesFor('7.3.0', readChangelog('# Changelog\n')), undefined);
  });

  it('of this project tells of this version', () => {
    const own = readChangelog(readFileSync(join(import.meta.dirname, '../../CHANGELOG.md'), 'utf8'));
    assert.match(notesFor(VERSION, own) ?? '', /^- /m);
  });
});
