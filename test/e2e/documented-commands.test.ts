import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { helmProgram } from '../chart/helm.ts';
import { judgePage, PAGES, surroundingsHere } from '../docs/check/judge.ts';
import { programAt } from '../docs/check/programs.ts';
import { kubectlProgram } from './cluster-access.ts';

describe('the commands of the documents', () => {
  const surroundings = surroundingsHere({ kubectl: programAt('kubectl', kubectlProgram), helm: programAt('helm', helmProgram()) });

  for (const page of PAGES) {
    it(`are ones that kubectl and helm know: ${page}`, () => assert.deepEqual(judgePage(page, surroundings), []));
  }
});
