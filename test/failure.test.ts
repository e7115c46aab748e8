import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '../node-agent/errors.ts';
import { toFailure, traceOf } from '../node-agent/failure.ts';

const FRAME = String.raw`\n {4}at [^\n]*failure\.test\.ts[^\n]*`;

function renamed(error: Error, message: string): Error {
  error.message = message;
  return error;
}

/** What is told of each is its class, and nothing of `hunter2`. */
const BUGS: readonly { readonly name: string; readonly thrown: unknown; readonly told: string }[] = [
  { name: 'an error', thrown: new TypeError('hunter2'), told: 'TypeError' },
  { name: 'a message of several lines', thrown: new RangeError('a\nhunter2\nb'), told: 'RangeError' },
  { name: 'a message that looks like a stack', thrown: new Error('x\n    at hunter2\n    at hunter2'), told: 'Error' },
  { name: 'a message that was put in later', thrown: renamed(new Error('hunter2'), 'x hunter2'), told: 'Error' },
  { name: 'a cause', thrown: new Error('hunter2', { cause: new Error('hunter2') }), told: 'Error' },
];

describe('what is told of a failure', () => {
  it('is code and message of ours', () => {
    assert.deepEqual(toFailure(new AgentError('disk-full', 'Cannot write')), { code: 'disk-full', message: 'Cannot write' });
  });

  for (const { name, thrown, told } of BUGS) {
    it(`is the class alone of a bug: ${name}`, () => {
      assert.deepEqual(toFailure(thrown), { code: 'bug', message: told });
    });

    it(`is, in the log, class and stack frames of a bug: ${name}`, () => {
      const trace = traceOf(thrown);
      assert.match(trace, new RegExp(`^${told}${FRAME}`));
      assert.doesNotMatch(trace, /hunter2/);
    });
  }

  for (const thrown of ['hunter2', undefined, { message: 'hunter2' }]) {
    it(`is the type alone of a ${typeof thrown} that was thrown`, () => {
      assert.deepEqual(toFailure(thrown), { code: 'bug', message: `thrown: ${typeof thrown}` });
      assert.equal(traceOf(thrown), `thrown: ${typeof thrown}`);
    });
  }
});
