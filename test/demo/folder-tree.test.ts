import assert from 'node:assert/strict';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { describeFolder } from '../../demo/folder-tree.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('a folder as the demo shows it', () => {
  const folder = temporaryFolder('folder-tree');

  it('has modes, what lies deeper indented, and where links lead', async () => {
    await mkdir(join(folder, '..1'));
    await writeFile(join(folder, '..1', 'tls.key'), '');
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/tls.key', join(folder, 'tls.key'));
    await chmod(join(folder, '..1', 'tls.key'), 0o440);
    await chmod(join(folder, '..1'), 0o755);
    await chmod(folder, 0o750);
    assert.deepEqual(await describeFolder(folder, 'tls/'), [
      'drwxr-x---  tls/',
      'drwxr-xr-x    ..1/',
      '-r--r-----      tls.key',
      'lrwxrwxrwx    ..data -> ..1',
      'lrwxrwxrwx    tls.key -> ..data/tls.key',
    ]);
  });
});
