import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const DEMO = join(import.meta.dirname, '../../demo/demo.ts');

function demo(...args: readonly string[]) {
  return spawnSync(process.execPath, [DEMO, ...args], { encoding: 'utf8', timeout: 30_000 });
}

describe('the demo', () => {
  it('says how to use it', () => {
    const { status, stdout } = demo('--help');
    assert.match(stdout, /Usage: npm run demo/);
    assert.equal(status, 0);
  });

  for (const argument of ['--colour', '--verbose=very', 'now']) {
    it(`refuses ${argument} by name, before it does anything`, () => {
      const { status, stdout, stderr } = demo(argument);
      assert.match(stderr, new RegExp(argument.replace(/=.*/, '')));
      assert.match(stderr, /Usage: npm run demo/);
      assert.equal(stdout, '');
      assert.equal(status, 2);
    });
  }
});
