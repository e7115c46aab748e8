import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { allowApprover, decide, disallowApprover, onlyOurApprover } from './approver.ts';
import { driverCallsSince } from './audit-log.ts';
import { requestsIn } from './certificate-requests.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, waitUntilReady } from './pods.ts';
import { waitFor } from './wait.ts';

const NAMES = Array.from({ length: 40 }, (_, index) => `pod-${index + 1}`);
const SLOWNESS_MS = 30_000;

describe('40 pods made at once, whose requests are each approved 30 s after they came', { skip: onlyOurApprover }, () => {
  const namespace = ownNamespace('slow');
  before(() => disallowApprover(namespace));
  after(allowApprover);

  it('all start, and 40 requests were made in all', async () => {
    const startedAt = new Date();
    await createPods(...NAMES.map((name) => ({ namespace, name })));
    await approveSlowly(namespace, NAMES.length);
    for (const name of NAMES) await waitUntilReady(namespace, name, 120_000);
    const made = (await driverCallsSince(startedAt)).filter((call) => call.verb === 'create' && call.namespace === namespace);
    assert.equal(made.length, NAMES.length);
    assert.equal((await requestsIn(namespace)).length, NAMES.length);
  });
});

/** Approves requests once they are old enough, until there have been as many as expected. */
async function approveSlowly(namespace: string, expected: number): Promise<void> {
  const approved = new Set<string>();
  await waitFor(`${expected} approvals`, namespace, 180_000, async () => {
    const due = (await requestsIn(namespace)).filter(({ metadata }) => Date.now() - Date.parse(metadata.creationTimestamp) > SLOWNESS_MS);
    const names = due.map(({ metadata }) => metadata.name).filter((name) => !approved.has(name));
    if (names.length > 0) await decide('Approved', 'at last', namespace, ...names);
    for (const name of names) approved.add(name);
    return approved.size === expected ? true : undefined;
  });
}
