import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { before, after, describe, it } from 'node:test';
import type { ChecksAnswer, VolumeAnswer } from '../../driver/admin/answers.ts';
import { allowApprover, disallowApprover, onlyOurApprover } from './approver.ts';
import { kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { ownPodcertCommand } from './podcert-command.ts';
import { startPods } from './pods.ts';
import { giveRightsBack, takeRightAway } from './rights.ts';
import { readVolume } from './volume-files.ts';
import { waitFor } from './wait.ts';

type Finding = ChecksAnswer['checks'][number];

describe('kubectl podcert on a cluster, by a user who has the example role', () => {
  const namespace = ownNamespace('cli');
  const podcert = ownPodcertCommand();
  before(() =>
    startPods({ namespace, name: 'web' }, { namespace, name: 'api' }, { namespace, name: 'short', attributes: { duration: '1h' } }),
  );

  const inspected = async (pod: string) => {
    const { stdout, stderr, status } = await podcert.run('inspect', pod, '-n', namespace, '-o', 'json');
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
    const { volumes } = JSON.parse(stdout) as { volumes: readonly [VolumeAnswer & { readonly node: string }] };
    return volumes[0];
  };

  it('lists what pods have, and ends with 3 where a certificate ends soon and that is asked for', async () => {
    const { stdout, status } = await podcert.run('list', '-n', namespace);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^${namespace} +web +tls +ca +DNS:web +in 2159h|^${namespace} +web +tls +ca +DNS:web +in 89d`, 'm'));
    assert.match(stdout, / Ready$/m);
    const soon = await podcert.run('list', '-n', namespace, '--expiring=2h', '--exit-code', '-o', 'name');
    assert.deepEqual([soon.stdout, soon.status], [`${namespace}/short/tls\n`, 3]);
    assert.equal((await podcert.run('list', '-n', namespace, '--expiring=1m', '--exit-code')).status, 0);
  });

  it('shows of a pod the very certificate that it has, and no key', async () => {
    const { keyPem, leaf } = await readVolume(namespace, 'web');
    const volume = await inspected('web');
    assert.equal(volume.chain[0]?.fingerprint, leaf.fingerprint256.replaceAll(':', '').toLowerCase());
    assert.deepEqual(volume.files.map(({ name }) => name).toSorted(), ['ca.crt', 'tls.crt', 'tls.key']);
    const { stdout } = await podcert.run('inspect', 'web', '-n', namespace);
    assert.match(stdout, /History:\n.*published/);
    for (const line of keyPem.split('\n').slice(1, -2)) assert.ok(!stdout.includes(line));
  });

  it('renews a pod with a new key', async () => {
    const old = await readVolume(namespace, 'web');
    const { stdout, stderr, status } = await podcert.run('renew', 'web', '-n', namespace);
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
    assert.match(stdout, new RegExp(`^${namespace}/web/tls renewed, set \\d+, expires `));
    const renewed = await readVolume(namespace, 'web');
    assert.notEqual(renewed.keyPem, old.keyPem);
    assert.equal(renewed.leaf.checkPrivateKey(createPrivateKey(renewed.keyPem)), true);
  });

  it('leaves the old files in place until the new ones come, and says what is waited for', { skip: onlyOurApprover }, async () => {
    const old = await readVolume(namespace, 'api');
    await disallowApprover(namespace);
    try {
      const renewal = podcert.run('renew', 'api', '-n', namespace, '--timeout=90s');
      const waiting = await waitFor('the renewal to wait', namespace, 30_000, async () => (await inspected('api')).waiting);
      assert.match(waiting.reason, /approv/i);
      assert.equal((await readVolume(namespace, 'api')).chainPem, old.chainPem);
      await allowApprover();
      const { status, stderr } = await renewal;
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    } finally {
      await allowApprover();
    }
    assert.notEqual((await readVolume(namespace, 'api')).keyPem, old.keyPem);
  });

  it('renews a whole namespace at a rate', async () => {
    const refused = await podcert.run('renew', '--all', '-n', namespace);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /Nobody is there to confirm that 3 certificates on 1 node shall be renewed/);
    const startMs = performance.now();
    const { stdout, stderr, status } = await podcert.run('renew', '--all', '-n', namespace, '--rate=0.5', '--yes');
    assert.equal(status, 0, stderr);
    assert.equal(stdout.trim().split('\n').length, 3);
    assert.match(stderr, /3 of 3 renewed/);
    assert.ok(performance.now() - startMs >= 4_000, 'the third begins after four seconds');
  });

  it('completes names of pods, through kubectl too', async () => {
    const line = ['inspect', `--namespace=${namespace}`, 'w'];
    assert.equal((await podcert.complete(...line)).stdout, 'web\tNODE\n:4\n'.replace('NODE', (await inspected('web')).node));
    const { stdout } = await podcert.viaKubectl(['__complete', 'podcert', 'inspect', '-n', namespace, 'w']);
    assert.match(stdout, /^web\t/m);
  });

  it('is a plugin of kubectl', async () => {
    const { stdout, stderr, status } = await podcert.viaKubectl(['podcert', 'list', '-n', namespace, '-o', 'name']);
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
    assert.deepEqual(
      stdout.trim().split('\n'),
      ['api', 'short', 'web'].map((pod) => `${namespace}/${pod}/tls`),
    );
  });

  const findings = async () => {
    const { stdout, status } = await podcert.run('doctor', '-o', 'json');
    const all = (JSON.parse(stdout) as { findings: readonly Finding[] }).findings;
    const notWell = all.filter(({ outcome }) => outcome !== 'ok');
    return { status, notWell, names: new Set(all.map(({ name }) => name)) };
  };

  it('finds nothing wrong with a cluster where all is well', async () => {
    const { status, notWell, names } = await findings();
    assert.deepEqual(
      notWell.filter(({ outcome }) => outcome === 'failed'),
      [],
    );
    assert.equal(status, 0);
    for (const name of ['csi-driver-object', 'daemon-set', 'csi-node', 'rights', 'approval', 'admin-listener', 'mount-propagation'])
      assert.ok(names.has(name), name);
  });

  describe('with something wrong, each of which it finds and names the cure for', () => {
    after(async () => {
      await giveRightsBack();
      await kubectl(['label', '--overwrite', 'namespace', DRIVER_NAMESPACE, 'pod-security.kubernetes.io/enforce=privileged']);
      await kubectl(['patch', 'csidriver/csi.cert-manager.io', '--type=merge', '--patch={"spec":{"podInfoOnMount":true}}']);
    });

    for (const { name, seed, found } of [
      {
        name: 'the driver’s account lacks a right',
        seed: () => takeRightAway('create', 'cert-manager.io', 'certificaterequests'),
        found: { name: 'rights', finding: /may not delete certificaterequests\.cert-manager\.io/, cure: /2-rbac\.yaml/ },
      },
      {
        name: 'the namespace lets no privileged pod in',
        seed: () => kubectl(['label', '--overwrite', 'namespace', DRIVER_NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']),
        found: { name: 'pod-security', finding: /enforces "restricted"/, cure: /kubectl label --overwrite namespace podcert-system/ },
      },
      {
        name: 'kubelet is to tell the driver nothing of pods',
        seed: () => kubectl(['patch', 'csidriver/csi.cert-manager.io', '--type=merge', '--patch={"spec":{"podInfoOnMount":false}}']),
        found: { name: 'csi-driver-object', finding: /podInfoOnMount false/, cure: /3-csi-driver\.yaml/ },
      },
    ]) {
      it(`finds that ${name}`, async () => {
        await seed();
        const { status, notWell } = await findings();
        assert.equal(status, 3);
        const finding = notWell.find((each) => each.name === found.name);
        assert.equal(finding?.outcome, 'failed');
        assert.match(finding?.finding ?? '', found.finding);
        assert.match(finding?.cure ?? '', found.cure);
      });
    }
  });

  it('says which rule is missing to a user who has none', async () => {
    const { stderr, status } = await podcert.viaKubectl(['podcert', 'list', '--as=nobody@example.com']);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /"nobody@example\.com" cannot list resource "pods".*\n.*verbs: \[list\]\} is missing, in a Role in namespace "podcert-system"/,
    );
  });
});
