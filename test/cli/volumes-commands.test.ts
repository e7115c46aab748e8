import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadYaml } from '@kubernetes/client-node';
import type { VolumeAnswer } from '../../driver/admin/answers.ts';
import { cliBench } from './bench.ts';
import { driverPod, DRIVERS } from './fake-cluster.ts';
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
});

describe('kubectl podcert renew', () => {
  const bench = cliBench();
  const posts = () => [...bench.one.requests, ...bench.two.requests].filter(({ method }) => method === 'POST');

  it('has a pod renewed, and waits for its new set of files', async () => {
    const { stdout, stderr, status } = await bench.cluster.run(['renew', 'web']);
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
    assert.match(stdout, /^shop\/web\/tls renewed, set 4, expires 20\S+Z\n$/);
    assert.deepEqual(
      posts().map(({ path, headers }) => [path, headers['podcert-admin'], headers.authorization]),
      [['/v1/volumes/csi-shop-web/renew', '1', undefined]],
    );
  });

  it('does not wait where it need not', async () => {
    bench.one.renewal = 'hangs';
    const { stdout, status } = await bench.cluster.run(['renew', 'web', '--wait=false']);
    assert.deepEqual({ stdout, status }, { stdout: 'shop/web/tls will be renewed\n', status: 0 });
  });

  for (const { name, args, names } of [
    { name: 'a namespace', args: ['--all', '-n', 'shop'], names: ['shop/api/tls', 'shop/web/tls'] },
    { name: 'the cluster', args: ['--all', '-A'], names: ['data/db/tls', 'shop/api/tls', 'shop/web/tls'] },
    { name: 'an issuer', args: ['--issuer=internal-ca', '--node=two'], names: ['data/db/tls'] },
  ]) {
    it(`renews all of ${name}, with --yes where nobody can be asked`, async () => {
      const dry = await bench.cluster.run(['renew', ...args, '--dry-run']);
      assert.equal(dry.status, 0);
      assert.deepEqual(
        dry.stdout
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[0])
          .toSorted((a = '', b = '') => a.localeCompare(b)),
        names,
      );
      const refused = await bench.cluster.run(['renew', ...args]);
      assert.equal(refused.status, 2);
      assert.match(refused.stderr, /Nobody is there to confirm .*\ncure: give --yes/);
      assert.equal(posts().length, 0);
      const { stdout, status } = await bench.cluster.run(['renew', ...args, '--yes']);
      assert.equal(status, 0);
      assert.deepEqual(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[0])
          .toSorted((a = '', b = '') => a.localeCompare(b)),
        names,
      );
      assert.equal(posts().length, names.length);
    });
  }

  it('makes no more a second than it is told, on all nodes together', async () => {
    const { status } = await bench.cluster.run(['renew', '--all', '-A', '--yes', '--rate=2']);
    assert.equal(status, 0);
    const times = posts()
      .map(({ atMs }) => atMs)
      .toSorted((one, other) => one - other);
    assert.equal(times.length, 3);
    // What a forward costs may bring two nearer to each other than half a second, never all three.
    assert.ok(times[2]! - times[0]! > 700, `within ${times[2]! - times[0]!} ms`);
  });

  it('tells of a renewal that fails, renews the others, and ends with 1', async () => {
    bench.one.renewal = 'fails';
    const { stdout, stderr, status } = await bench.cluster.run(['renew', '--all', '-A', '-y']);
    assert.equal(status, 1);
    assert.match(stdout, /^data\/db\/tls renewed/);
    assert.match(stderr, /shop\/web\/tls not renewed: Request denied: not you/);
    assert.match(stderr, /1 of 3 renewed/);
  });

  it('stops waiting after --timeout, with the reason', async () => {
    bench.one.renewal = 'hangs';
    const { stderr, status } = await bench.cluster.run(['renew', 'web', '--timeout=1s']);
    assert.equal(status, 1);
    assert.match(stderr, /shop\/web\/tls not renewed: not renewed within 1 s: Waiting for approval; the driver goes on trying/);
  });

  it('ends with 4 where a node that may have such volumes cannot be asked', async () => {
    const items = [driverPod('one'), driverPod('three', { phase: 'Pending' })];
    bench.cluster.world = { ...bench.cluster.world, objects: { [DRIVERS]: { items } } };
    const { stdout, stderr, status } = await bench.cluster.run(['renew', '--all', '-A', '--yes']);
    assert.equal(status, 4);
    assert.equal(stdout.trim().split('\n').length, 2);
    assert.match(stderr, /Node three could not be asked/);
  });

  it('renews nothing that has no certificate yet', async () => {
    const { generation: _generation, ...none } = volumeOf('shop', 'web', { state: 'issuing' });
    bench.one.volumes = [none];
    const { stderr, status } = await bench.cluster.run(['renew', 'web']);
    assert.deepEqual({ stderr, status }, { stderr: 'No volume has a certificate to renew.\n', status: 1 });
    assert.equal(posts().length, 0);
  });

  for (const args of [
    [],
    ['web', 'api'],
    ['web', '--all', '-n', 'shop'],
    ['--all'],
    ['--issuer=x', '--volume=tls'],
    ['web', '--rate=0'],
    ['--all', '-A', '-n', 'shop'],
  ]) {
    it(`is refused before anything is asked: renew ${args.join(' ')}`, async () => {
      const { stderr, status } = await bench.cluster.run(['renew', ...args]);
      assert.equal(status, 2);
      assert.match(stderr, /^error: .*\ncure: /);
      assert.equal(posts().length, 0);
    });
  }
});
