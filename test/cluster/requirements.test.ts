import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

describe('cluster:up on a machine that lacks what it needs', () => {
  const cache = mkdtempSync(join(tmpdir(), 'podcert-cluster-'));
  after(() => rmSync(cache, { recursive: true, force: true }));

  it('names everything that is missing at once, and starts and writes nothing', () => {
    // An empty search path has neither Go nor apt.
    const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'up.ts')], {
      env: { PATH: '/nowhere', XDG_CACHE_HOME: cache },
      encoding: 'utf8',
    });
    assert.equal(status, 69);
    for (const missing of [/No namespaces/, /No apt-get/, /No ip\./, /No nsenter/, /No Go/]) assert.match(stderr, missing);
    assert.deepEqual(readdirSync(cache), []);
  });
});
