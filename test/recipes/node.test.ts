import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { only, readFolder } from '../manifests/read.ts';
import { describeRecipe } from './promises.ts';
import { RECIPES } from './recipe-pods.ts';

describeRecipe({
  name: 'node',
  image: () => Promise.resolve(new Map([['/image/bin/node', process.execPath]])),
  client: 'program',
  keepsConnections: true,
  otherName: 403,
  otherCa: 'handshake',
});

describe('the recipe for node', () => {
  it('is what the examples run', () => {
    const files = readdirSync(join(RECIPES, 'node')).filter((name) => name.endsWith('.mjs'));
    const programs = files.map((name) => [name, readFileSync(join(RECIPES, 'node', name), 'utf8')]);
    for (const example of ['cert-manager', 'local-ca']) {
      assert.deepEqual(only(readFolder(`examples/${example}`), 'ConfigMap').data, Object.fromEntries(programs), example);
    }
  });
});
