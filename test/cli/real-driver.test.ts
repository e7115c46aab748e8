import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { buildCli } from '../../build-cli.ts';
import type { NodeAnswer, VolumeAnswer } from '../../driver/admin/answers.ts';
import { openDriverBench, type DriverBench } from '../support/driver-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { driverPod, DRIVERS, fakeCluster, type FakeCluster } from './fake-cluster.ts';

describe('kubectl podcert and a driver as it is', () => {
  const folder = temporaryFolder('cli-driver');
  let program = '';
  before(async () => {
    program = await buildCli(folder);
  });

  const open = async (context: TestContext): Promise<{ readonly bench: DriverBench; readonly cluster: FakeCluster }> => {
    const bench = await openDriverBench(context);
    const cluster = fakeCluster(folder, program);
    context.after(() => cluster.end());
    const { hostname, port } = new URL(bench.adminUrl);
    cluster.world = {
      objects: { [DRIVERS]: { items: [driverPod('one')] } },
      ways: { 'podcert-one': { kind: 'forwards', host: hostname, port: Number(port) } },
      reviews: [],
      namespace: 'shop',
    };
    return { bench, cluster };
  };

  it('understand each other: list, inspect, renew by a new key, doctor', async (context) => {
    const { bench, cluster } = await open(context);
    const web = bench.volume('web', { duration: '24h' });
    await bench.kubelet.publish(web);
    const { namespace, name } = web.pod;
    const pod = { metadata: { name, namespace, uid: web.pod.uid }, spec: { nodeName: 'one' } };
    cluster.world = { ...cluster.world, objects: { ...cluster.world.objects, [`/api/v1/namespaces/${namespace}/pods/${name}`]: pod } };
    const listed = await cluster.run(['list', '-o', 'json']);
    assert.equal(listed.status, 0, listed.stderr);
    const { volumes } = JSON.parse(listed.stdout) as NodeAnswer;
    assert.deepEqual(
      volumes.map(({ volume, generation }) => [volume, generation]),
      [['tls', 1]],
    );
    const inspected = await cluster.run(['inspect', name, '-n', namespace, '-o', 'json']);
    assert.equal(inspected.status, 0, inspected.stderr);
    const { volumes: details } = JSON.parse(inspected.stdout) as { readonly volumes: readonly VolumeAnswer[] };
    const leaf = () => new X509Certificate(readFileSync(join(bench.kubelet.targetPath(web), 'tls.crt')));
    const old = leaf();
    assert.equal(details[0]?.chain[0]?.fingerprint, old.fingerprint256.replaceAll(':', '').toLowerCase());
    // A certificate that comes in the millisecond of the one before could not be told from it.
    await bench.clock.advance(1_000);
    const renewing = cluster.run(['renew', name, '-n', namespace]);
    await bench.journal.nth('renewed', 1);
    const renewed = await renewing;
    assert.equal(renewed.status, 0, renewed.stderr);
    assert.match(renewed.stdout, /^\S+\/web\/tls renewed, set 2, expires /);
    assert.notEqual(leaf().publicKey.export({ type: 'spki', format: 'pem' }), old.publicKey.export({ type: 'spki', format: 'pem' }));
    const examined = await cluster.run(['doctor', '-o', 'json']);
    const { findings } = JSON.parse(examined.stdout) as { readonly findings: readonly { readonly name: string; readonly node?: string }[] };
    assert.ok(
      findings.some((finding) => finding.name === 'mount-propagation' && finding.node === 'one'),
      examined.stdout,
    );
    await bench.kubelet.unpublish(web);
  });
});
