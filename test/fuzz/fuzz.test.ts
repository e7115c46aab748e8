import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { shareOf } from './property.ts';
import { SUBJECTS } from './subjects.ts';

/** All together; `npm run fuzz` takes fifty times as many. */
const INPUTS = 20_000;

describe('hostile input', () => {
  const seed = fc.readConfigureGlobal().seed ?? 1;
  let inputs = 0;

  for (const subject of SUBJECTS) {
    it(`breaks no promise about ${subject.name} (invariant 10)`, async (context) => {
      for (const property of await subject.properties(context)) {
        await context.test(property.name, async () => {
          inputs += (await property.run(shareOf(INPUTS, property), seed)).inputs;
        });
      }
    });
  }

  it('is tried often enough', () => assert.ok(inputs >= INPUTS, `only ${inputs} inputs`));
});
