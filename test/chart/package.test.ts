import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { VERSION } from '../../driver/version.ts';
import { ARTIFACTS, makeArtifact } from '../../release/artifacts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { CHART, helm } from './helm.ts';

describe('the package of the chart', () => {
  const folder = temporaryFolder('chart-package');
  const artifact = ARTIFACTS.find(({ file }) => file.endsWith('.tgz')) ?? assert.fail('none is released');
  const path = join(folder, artifact.file);

  before(() => makeArtifact(artifact, folder));

  it('is named as helm would name it', () => assert.equal(artifact.file, `podcert-${VERSION}.tgz`));

  for (const what of ['chart', 'values', 'readme', 'crds']) {
    it(`shows helm the same ${what} as the folder`, () => assert.equal(helm(['show', what, path]), helm(['show', what, CHART])));
  }

  it('says which version it is', () => assert.match(helm(['show', 'chart', path]), new RegExp(`^version: ${VERSION}$`, 'm')));

  it('has nothing that helm lint finds fault with', () =>
    assert.match(helm(['lint', '--strict', path]), /1 chart\(s\) linted, 0 chart\(s\) failed/));

  it('renders what the folder does', () => assert.equal(helm(['template', 'podcert', path]), helm(['template', 'podcert', CHART])));

  it('holds the files that helm’s own package would', () => {
    const own = temporaryFolder('helm-package');
    helm(['package', CHART, '--destination', own]);
    assert.deepEqual(files(path), files(join(own, artifact.file)));
  });
});

function files(archive: string): readonly string[] {
  const names = execFileSync('tar', ['--list', '--file', archive], { encoding: 'utf8' }).trim().split('\n');
  return names.filter((name) => !name.endsWith('/')).toSorted();
}
