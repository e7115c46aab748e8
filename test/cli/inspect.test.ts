import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadYaml } from '@kubernetes/client-node';
import type { VolumeAnswer } from '../../driver/admin/answers.ts';
import { cliBench } from './bench.ts';
import { DRIVERS } from './fake-cluster.ts';
import { volumeOf } from './volumes.ts';

const WEB = '/api/v1/namespaces/shop/pods/web';

describe('kubectl podcert inspect', () => {
  const bench = cliBench();

  it('shows all of a volume: state, files, chain and history', async () => {
    const { stdout, stderr, status } = await bench.cluster.run(['inspect', 'pod/web']);
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
    for (const line of [
      /^shop\/web\/tls$/m,
      /^ {2}State: +Ready$/m,
      /^ {2}Issuer: +internal-ca$/m,
      /^ {2}Expires: +\S+Z \(in 23h\)$/m,
      /^ {2}Files, set 3:\n {4}tls\.key {2}0440 {2}241 bytes$/m,
      /^ {2}Chain:\n {4}0: CN=web\n {7}issuer +CN=Internal CA$/m,
      /^ {7}serial +0a1b2c$/m,
      /^ {2}History:\n {4}2026-03-01T10:00:00\.000Z {2}renewed {2}Certificate renewed$/m,
    ])
      assert.match(stdout, line);
  });

  it('says why a volume waits, and for how long it has failed', async () => {
    const failure = { code: 'request-denied', message: 'Request denied: not on Sundays' };
    bench.one.volumes = [
      volumeOf('shop', 'web', {
        waiting: { reason: 'Waiting for approval', requestName: 'r-1' },
        failing: { failures: 3, sinceAt: '2026-03-01T10:00:00.000Z', failure: failure as NonNullable<VolumeAnswer['failing']>['failure'] },
      }),
    ];
    const { stdout } = await bench.cluster.run(['inspect', 'web']);
    assert.match(stdout, /Waiting: +Waiting for approval \(CertificateRequest r-1\)/);
    assert.match(stdout, /Failing: +3 times in a row since 2026-03-01T10:00:00Z .*: Request denied: not on Sundays/);
  });

  it('asks the pod’s node alone, and every node where it may not look the pod up', async () => {
    await bench.cluster.run(['inspect', 'web']);
    assert.equal(bench.two.requests.length, 0);
    const said =
      'Error from server (Forbidden): pods "web" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "shop"';
    bench.cluster.world = { ...bench.cluster.world, objects: { ...bench.cluster.world.objects, [WEB]: said } };
    const { stdout, status } = await bench.cluster.run(['inspect', 'web', '-o', 'yaml']);
    assert.equal(status, 0);
    const { volumes } = loadYaml<{ volumes: readonly VolumeAnswer[] }>(stdout);
    assert.deepEqual(
      volumes.map(({ volumeId, chain }) => [volumeId, chain.length]),
      [['csi-shop-web', 1]],
    );
    assert.notEqual(bench.two.requests.length, 0);
  });

  it('tells nothing of an earlier pod of the same name', async () => {
    const pod = { metadata: { name: 'web', namespace: 'shop', uid: 'another' }, spec: { nodeName: 'one' } };
    bench.cluster.world = { ...bench.cluster.world, objects: { ...bench.cluster.world.objects, [WEB]: pod } };
    const { stderr, status } = await bench.cluster.run(['inspect', 'web']);
    assert.equal(status, 1);
    assert.match(stderr, /No node knows a volume of pod "shop\/web"/);
  });

  for (const { name, objects, said } of [
    { name: 'there is no such pod', objects: {}, said: /NotFound/ },
    { name: 'its pod is on no node yet', objects: { [WEB]: { metadata: { name: 'web' }, spec: {} } }, said: /it is on no node yet/ },
    {
      name: 'its node has no driver',
      objects: { [WEB]: { metadata: { name: 'web' }, spec: { nodeName: 'three' } } },
      said: /no driver runs on its node "three"/,
    },
  ]) {
    it(`says what is wrong where ${name}`, async () => {
      bench.cluster.world = { ...bench.cluster.world, objects: { [DRIVERS]: bench.cluster.world.objects[DRIVERS], ...objects } };
      const { stderr, status } = await bench.cluster.run(['inspect', 'web']);
      assert.equal(status, 1);
      assert.match(stderr, said);
    });
  }

  it('ends with 4 where the pod’s node cannot be asked, in JSON too', async () => {
    bench.cluster.world = { ...bench.cluster.world, ways: { 'podcert-one': { kind: 'fails', message: 'error: lost connection to pod' } } };
    const plain = await bench.cluster.run(['inspect', 'web']);
    assert.deepEqual([plain.stdout, plain.status], ['', 4]);
    assert.match(plain.stderr, /^Node one could not be asked: .*\n$/);
    const { stdout, status } = await bench.cluster.run(['inspect', 'web', '-ojson']);
    const { volumes, unreachable } = JSON.parse(stdout) as { readonly volumes: readonly object[]; readonly unreachable: readonly object[] };
    assert.deepEqual([volumes.length, unreachable.length, status], [0, 1, 4]);
  });
});
