import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kubectl } from './cluster-access.ts';
import { ownDriverArgs } from './driver-args.ts';
import { waitForDriverEvent } from './driver-events.ts';
import { ownNamespace } from './namespaces.ts';
import { createPods, startPod } from './pods.ts';
import { inPod, readVolume, type VolumeFiles } from './volume-files.ts';
import { waitFor } from './wait.ts';

const ANNOTATION = 'example.com/enrolled';
const annotations = { [ANNOTATION]: 'yes' };
/** Says what is in the volume when the container starts, and in the first file set that there is. */
const WATCH = `
trap "exit 0" TERM
echo "at first: $(ls -A /tls)"
until cd -P /tls/..data 2>/dev/null; do sleep 0.1; done
echo "then:" *
sleep 1000000 & wait`;

describe('with readiness gates of the driver', () => {
  const namespace = ownNamespace('gate-flags');
  ownDriverArgs(
    '--pod-readiness-gate=pod-ip:any',
    `--pod-readiness-gate=pod-annotation:${ANNOTATION}`,
    '--pod-readiness-gate=pod-condition:Ready',
    '--continue-on-not-ready',
  );

  it('a pod starts with an empty volume, and gets all its files in one swap with its IP in the certificate', async () => {
    const container = { command: ['sh', '-c', WATCH] };
    const { status } = await startPod({ namespace, name: 'web', annotations, container, attributes: { 'ip-sans': '$POD_IP' } });
    const { leaf } = await filesOf(namespace, 'web');
    assert.ok(status.podIP !== undefined);
    assert.equal(leaf.subjectAltName, `DNS:web, IP Address:${status.podIP}`);
    const told = await waitFor('the container to see them', namespace, 30_000, async () => {
      const log = await kubectl(['logs', 'web', `--namespace=${namespace}`]);
      return log.includes('then:') ? log : undefined;
    });
    assert.equal(told, 'at first: \nthen: ca.crt tls.crt tls.key\n');
  });

  it('its events say which annotation it lacks, and its files come once it has it', async () => {
    await startPod({ namespace, name: 'unannotated' });
    await assertWaitsFor(namespace, 'unannotated', `the pod's annotation ${ANNOTATION} is missing or empty`);
    await kubectl(['annotate', 'pod/unannotated', `${ANNOTATION}=yes`, `--namespace=${namespace}`]);
    await filesOf(namespace, 'unannotated');
  });

  it('its events say which condition it does not meet, and its files come once it does', async () => {
    const readinessProbe = { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 1 };
    await createPods({ namespace, name: 'unready', annotations, container: { readinessProbe } });
    await assertWaitsFor(namespace, 'unready', "the pod's condition Ready is not True yet");
    await inPod(namespace, 'unready', 'touch /tmp/ready');
    await filesOf(namespace, 'unready');
  });
});

function filesOf(namespace: string, pod: string): Promise<VolumeFiles> {
  return waitFor(`the files of pod ${namespace}/${pod}`, namespace, 60_000, () => readVolume(namespace, pod));
}

/** The pod runs, has no file yet, and is told why. */
async function assertWaitsFor(namespace: string, pod: string, lack: string): Promise<void> {
  const { type, message } = await waitForDriverEvent({ namespace, pod, reason: 'CertificateWaiting' });
  assert.deepEqual([type, message.includes(lack)], ['Warning', true], message);
  assert.equal(await inPod(namespace, pod, 'ls -A /tls'), '');
}
