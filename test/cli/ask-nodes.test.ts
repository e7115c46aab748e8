import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askNodes, type NodeAccess } from '../../cli/nodes/ask-nodes.ts';

const { signal } = new AbortController();

/** Asks so many nodes whose drivers are down, so that nothing is started for them. @returns what the line said, and '' for each time it was cleared. */
async function askDown(count: number): Promise<readonly string[]> {
  const said: string[] = [];
  const line = { show: (text: string) => void said.push(text), clear: () => void said.push('') };
  const pods = Array.from({ length: count }, (_, index) => ({
    namespace: 'podcert-system',
    name: `podcert-${index}`,
    node: `node-${index}`,
    serviceAccount: 'podcert',
    args: [],
    isDown: 'it is Pending',
  }));
  const access = { line, nodeTimeoutMs: 1_000, adminPort: 9_404 } as Partial<NodeAccess> as NodeAccess;
  const outcomes = await askNodes(access, pods, () => assert.fail('nobody can be asked'), signal);
  assert.equal(outcomes.length, count);
  return said;
}

describe('asking many nodes', () => {
  it('says how many were asked, and takes that away again', async () => {
    const said = await askDown(20);
    assert.deepEqual(said, [...Array.from({ length: 20 }, (_, index) => `${index + 1} of 20 nodes asked…`), '']);
  });

  it('says nothing where all are asked at once', async () => {
    assert.deepEqual(await askDown(8), []);
  });
});
