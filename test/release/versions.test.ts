import assert from 'node:assert/strict';
import { cpSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERSION } from '../../driver/version.ts';
import { findVersions, isVersion, replaceVersions, setVersion, versionProblems } from '../../release/versions.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const OTHER = '98.76.54-rc.3';

/** Records of what was measured once, with the version it was; nobody rewrites those. */
const RECORDS = ['CHANGELOG.md', 'docs/conformance.md', 'docs/reliability.md', 'docs/performance.md'];

/** The root's text files that may name the version, in a folder of their own. */
function copyOfRoot(): string {
  const copy = temporaryFolder('versions');
  for (const path of ['package.json', 'package-lock.json', 'README.md', 'CONTRIBUTING.md', 'Dockerfile', 'docs', 'manifests']) {
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  }
  return copy;
}

describe('the version', () => {
  it('is the one of package.json wherever it stands (npm run release -- --set-version writes it)', () => {
    assert.deepEqual(versionProblems(ROOT, VERSION), []);
  });

  it('is found in each kind of place', () => {
    const paths = new Set(findVersions(ROOT).map(({ path }) => path));
    for (const path of [
      'package.json',
      'package-lock.json',
      'Dockerfile',
      'manifests/chart/Chart.yaml',
      'manifests/4-daemon-set.yaml',
      'manifests/Kustomization',
      'manifests/README.md',
      'docs/migrate-from-csi-driver.md',
    ]) {
      assert.ok(paths.has(path), path);
    }
    const mentions = (path: string) => findVersions(ROOT).filter((mention) => mention.path === path).length;
    assert.deepEqual([mentions('package-lock.json'), mentions('manifests/chart/Chart.yaml')], [2, 2]);
  });

  it('is named nowhere that is not rewritten with it', () => {
    const names = ['*.{md,json}', 'Dockerfile', '{docs,manifests,bench,test,image,release}/**/*.{md,yaml,ts}', 'manifests/Kustomization'];
    const paths = names.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).filter((path) => path !== 'package-lock.json');
    const escaped = VERSION.replaceAll('.', String.raw`\.`);
    const pattern = new RegExp(String.raw`(?<![\w.-])v?${escaped}(?![\w-]|\.\d)`);
    const left = paths.filter((path) => pattern.test(replaceVersions(path, readFileSync(join(ROOT, path), 'utf8'), OTHER)));
    assert.deepEqual(
      left.filter((path) => !RECORDS.includes(path)),
      [],
    );
  });

  it('is written to every place, and back to the same bytes', () => {
    const copy = copyOfRoot();
    const changed = setVersion(copy, OTHER);
    assert.ok(findVersions(copy).every(({ version }) => version === OTHER));
    assert.deepEqual(versionProblems(copy, OTHER), []);
    assert.equal((JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8')) as { version: string }).version, OTHER);
    assert.deepEqual(setVersion(copy, OTHER), [], 'a second time changes nothing');
    assert.deepEqual(setVersion(copy, VERSION), changed);
    for (const path of changed) assert.equal(readFileSync(join(copy, path), 'utf8'), readFileSync(join(ROOT, path), 'utf8'), path);
  });

  it('is named with its line and the cure where it differs', () => {
    const copy = copyOfRoot();
    setVersion(copy, OTHER);
    const [problem] = versionProblems(copy, VERSION).filter((line) => line.startsWith('manifests/4-daemon-set.yaml'));
    assert.match(
      problem ?? '',
      /^manifests\/4-daemon-set\.yaml:\d+ "98\.76\.54-rc\.3": is not .*; run npm run release -- --set-version \d/,
    );
  });

  for (const text of ['1.2.3', '10.0.0', '1.2.3-rc.1', '1.2.3-alpha.12', '1.2.3-beta.0']) {
    it(`may be ${text}`, () => assert.ok(isVersion(text)));
  }

  for (const text of ['1.2', 'v1.2.3', '1.2.3-amd64', '1.2.3+build', '1.2.3 ', '', 'latest']) {
    it(`may not be ${JSON.stringify(text)}`, () => assert.ok(!isVersion(text)));
  }
});
