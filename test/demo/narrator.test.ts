import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckFailed } from '../../demo/check.ts';
import { Narrator } from '../../demo/narrator.ts';

function listen(isVerbose: boolean): { readonly narrator: Narrator; readonly told: string[] } {
  const told: string[] = [];
  return { narrator: new Narrator((text) => told.push(text), isVerbose), told };
}

describe('the narrator', () => {
  it('tells a step once its checks have passed, and counts it', async () => {
    const { narrator, told } = listen(false);
    await narrator.step('web is published', async () => {
      assert.deepEqual(told, []);
      return 'OK after 40 ms';
    });
    assert.deepEqual(told, ['   ✔ web is published: OK after 40 ms\n']);
    assert.equal(narrator.steps, 1);
  });

  it('tells a check that failed once, in its own words, and goes no further', async () => {
    const { narrator, told } = listen(false);
    const failure = new CheckFailed('it began with 1 volume');
    await assert.rejects(
      narrator.step('The driver runs', () => Promise.reject(failure)),
      failure,
    );
    narrator.fail(failure);
    assert.deepEqual(told, ['   ✘ The driver runs: it began with 1 volume\n']);
    assert.equal(narrator.steps, 0);
  });

  it('tells where in the code something went wrong that nobody expected', () => {
    const { narrator, told } = listen(false);
    narrator.fail(new TypeError('x is undefined'));
    assert.match(told.join(''), /✘ The demo cannot go on: TypeError: x is undefined\n.*narrator\.test\.ts/);
  });

  for (const { isVerbose, expected } of [
    { isVerbose: true, expected: ['       openssl | Serial\n', '       openssl | Subject\n'] },
    { isVerbose: false, expected: [] },
  ]) {
    it(`tells details ${isVerbose ? 'line by line' : 'not at all'} when ${isVerbose ? '' : 'not '}asked for them`, () => {
      const { narrator, told } = listen(isVerbose);
      narrator.detail('openssl', 'Serial\nSubject\n');
      assert.deepEqual(told, expected);
    });
  }
});
