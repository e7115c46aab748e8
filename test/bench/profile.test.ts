import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partsOf } from '../../bench/profile/parts.ts';

/** One sample of a millisecond for each node, in a tree by the ids of callers. */
function profileOf(
  nodes: readonly { readonly id: number; readonly caller?: number; readonly functionName?: string; readonly url?: string }[],
) {
  return {
    nodes: nodes.map(({ id, functionName = '', url = '' }) => ({
      id,
      callFrame: { functionName, url, scriptId: '0', lineNumber: id, columnNumber: 0 },
      children: nodes.filter(({ caller }) => caller === id).map((child) => child.id),
    })),
    startTime: 0,
    endTime: 0,
    samples: nodes.map(({ id }) => id),
    timeDeltas: nodes.map(() => 1_000),
  };
}

const BUNDLE = 'file:///dist/driver.mjs';
const root = { id: 1, functionName: '(root)', url: BUNDLE };

describe('the parts of a profile', () => {
  for (const { name, node, part } of [
    { name: 'garbage collection', node: { functionName: '(garbage collector)' }, part: 'garbage collection' },
    { name: 'a module of Node.js', node: { url: 'node:internal/http2/core' }, part: 'HTTP/2, for kubelet (Node.js)' },
    { name: 'a function of ours', node: { url: BUNDLE }, part: 'requests and the check of certificates' },
    {
      name: 'a function of ours by a name that every object has',
      node: { functionName: 'toString', url: BUNDLE },
      part: 'requests and the check of certificates',
    },
  ]) {
    it(`are told by ${name}`, () => {
      const parts = partsOf(profileOf([root, { id: 2, caller: 1, ...node }]), (line) => (line === 2 ? 'node-agent/issuance/check.ts' : ''));
      assert.equal(parts.find(({ name: found }) => found === part)?.ms, 1);
    });
  }

  it('count what is written in C++ to its caller', () => {
    const parts = partsOf(
      profileOf([root, { id: 2, caller: 1, url: 'node:internal/crypto/keygen' }, { id: 3, caller: 2, functionName: 'run' }]),
      () => '',
    );
    assert.deepEqual(
      parts.find(({ name }) => name.startsWith('keys')),
      { name: 'keys, signatures, certificates (Node.js)', ms: 2 },
    );
  });

  it('leave out idling', () => {
    const parts = partsOf(profileOf([root, { id: 2, caller: 1, functionName: '(idle)' }]), () => '');
    assert.deepEqual(parts, [{ name: 'the rest of the driver', ms: 1 }]);
  });
});
