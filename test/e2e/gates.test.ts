import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kubectl } from './cluster-access.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, eventsOf, startPod, waitUntilReady } from './pods.ts';
import { readVolume } from './volume-files.ts';
import { waitFor } from './wait.ts';

describe('a pod whose certificate depends on its object', () => {
  const namespace = ownNamespace('gates');

  it('starts before it has an IP, and finds a certificate for that', async () => {
    const attributes = { 'podcert.io/wait-for': 'pod-ip', 'ip-sans': '$POD_IPS', 'common-name': '$NODE_NAME' };
    const { status } = await startPod({ namespace, name: 'web', attributes });
    const { leaf } = await waitFor('its files', namespace, 60_000, () => readVolume(namespace, 'web'));
    assert.ok(status.podIP !== undefined);
    assert.equal(leaf.subjectAltName, `DNS:web, IP Address:${status.podIP}`);
    assert.match(leaf.subject, /^CN=./);
  });

  for (const kind of ['label', 'annotation']) {
    it(`is told which ${kind} it lacks, and starts once it has it`, async () => {
      const name = `by-${kind}`;
      await createPods({ namespace, name, attributes: { 'dns-names': `\${POD_${kind.toUpperCase()}:example.com/app}.example` } });
      await waitFor('the event', namespace, 60_000, async () =>
        (await eventsOf(namespace, name)).find((text) => text.includes(`is a missing or empty ${kind} of the pod`)),
      );
      await kubectl([kind === 'label' ? 'label' : 'annotate', `pod/${name}`, 'example.com/app=till', `--namespace=${namespace}`]);
      await waitUntilReady(namespace, name);
      assert.equal((await readVolume(namespace, name)).leaf.subjectAltName, 'DNS:till.example');
    });
  }
});
