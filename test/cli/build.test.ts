import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { buildCli } from '../../build-cli.ts';
import { VERSION } from '../../driver/version.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { otherNode } from './bench.ts';

const SAYS = new RegExp(`^kubectl podcert ${VERSION.replaceAll('.', '\\.')} `);

describe('npm run build:cli', () => {
  const folder = temporaryFolder('cli-build');
  let file = '';
  before(async () => {
    file = await buildCli(folder);
  });

  it('makes one executable file that needs nothing beside it', () => {
    assert.equal(statSync(file).mode & 0o777, 0o755);
    const text = readFileSync(file, 'utf8');
    assert.match(text, /^#!\/usr\/bin\/env node\n/);
    const required = [...text.matchAll(/\b(?:require|[A-Za-z_$]{1,2})\("(node:[a-z/]+|[@a-z][a-z0-9/@-]*)"\)/g)].map(
      ([, name = '']) => name,
    );
    assert.ok(required.includes('node:http'));
    assert.ok(Buffer.byteLength(text) < 200_000, `${Buffer.byteLength(text)} bytes`);
  });

  for (const { name, node } of [
    { name: 'the Node.js of the project', node: process.execPath },
    { name: 'another Node.js of this machine', node: otherNode() },
  ]) {
    for (const type of [undefined, 'module', 'commonjs']) {
      it(`runs beside a package.json of type ${type ?? 'none'}, by ${name}`, { skip: node === undefined && 'there is none' }, () => {
        const place = join(folder, `as-${type}`);
        mkdirSync(place, { recursive: true });
        copyFileSync(file, join(place, 'kubectl-podcert'));
        if (type !== undefined) writeFileSync(join(place, 'package.json'), JSON.stringify({ type }));
        assert.match(execFileSync(node!, [join(place, 'kubectl-podcert'), 'version'], { encoding: 'utf8' }), SAYS);
      });
    }
  }

  it('makes a package that npm runs by its name, without a network', () => {
    const args = ['exec', '--offline', '--yes', `--package=${join(folder, 'kubectl-podcert-package')}`, '--', 'kubectl-podcert', 'version'];
    const environment = { ...process.env, npm_config_cache: join(folder, 'npm-cache'), npm_config_update_notifier: 'false' };
    assert.match(execFileSync('npm', args, { encoding: 'utf8', env: environment, cwd: folder }), SAYS);
  });

  it('makes the same bytes again', async () => {
    const again = await buildCli(join(folder, 'again'));
    assert.deepEqual(readFileSync(again), readFileSync(file));
  });
});
