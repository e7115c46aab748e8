import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MANIFESTS } from '../manifests/read.ts';
import { renderManifests } from './rendered-manifests.ts';

describe('the manifests', () => {
  for (const [path, text] of renderManifests()) {
    it(`are what the chart renders: ${path} (npm run manifests writes them)`, () => {
      assert.equal(readFileSync(join(MANIFESTS, path), 'utf8'), text);
    });
  }
});
