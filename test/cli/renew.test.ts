import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VolumeAnswer } from '../../driver/admin/answers.ts';
import { awaited, failingSo } from './admin-server.ts';
import { cliBench } from './bench.ts';
import { driverPod, DRIVERS } from './fake-cluster.ts';
import { inHours, volumeOf } from './volumes.ts';

function many(count: number): VolumeAnswer[] {
  return Array.from({ length: count }, (_, index) => volumeOf('shop', `pod-${index}`));
}

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

  it('takes a rate that divides no second, and a limit that no timer has', async () => {
    bench.two.volumes = [...bench.two.volumes, volumeOf('data', 'more')];
    const { stderr, status } = await bench.cluster.run([
      'renew',
      '--all',
      '-A',
      '--yes',
      '--rate=3',
      '--timeout=30d',
      '--node-timeout=60d',
    ]);
    assert.deepEqual({ stderr, status }, { stderr: '4 of 4 renewed\n', status: 0 });
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

  for (const { name, renewal } of [
    { name: 'files that are written again', renewal: (volume: VolumeAnswer) => ({ ...awaited(volume), generation: 4 }) },
    {
      name: 'a certificate that was under way by the old key',
      renewal: (volume: VolumeAnswer) => ({ ...awaited(volume), generation: 4, receivedAt: inHours(0) }),
    },
  ]) {
    it(`takes ${name} for no renewal`, async () => {
      bench.one.renewal = renewal;
      const { stdout, stderr, status } = await bench.cluster.run(['renew', 'web', '--timeout=1s']);
      assert.deepEqual({ stdout, status }, { stdout: '', status: 1 });
      assert.match(stderr, /not renewed within 1 s/);
    });
  }

  it('takes a failure that came before the volume was asked for none of the renewal', async () => {
    bench.one.volumes = [volumeOf('shop', 'web', { failing: failingSo(2) })];
    bench.one.meanwhile = (volume) => ({ ...volume, failing: failingSo(3) });
    bench.one.renewal = 'hangs';
    const { stderr, status } = await bench.cluster.run(['renew', 'web', '--timeout=1s']);
    assert.equal(status, 1);
    assert.match(stderr, /not renewed within 1 s/);
  });

  for (const { name, renewal } of [
    { name: 'one more than there were', renewal: 'fails' as const },
    {
      name: 'the first since a certificate by the old key',
      renewal: (volume: VolumeAnswer) => ({ ...awaited(volume), generation: 4, receivedAt: inHours(0), failing: failingSo(1) }),
    },
  ]) {
    it(`tells of a failure: ${name}`, async () => {
      bench.one.volumes = [volumeOf('shop', 'web', { failing: failingSo(3) })];
      bench.one.renewal = renewal;
      const { stderr, status } = await bench.cluster.run(['renew', 'web']);
      assert.deepEqual({ stderr, status }, { stderr: 'shop/web/tls not renewed: Request denied: not you\n', status: 1 });
    });
  }

  const gets = () => bench.one.requests.filter(({ method }) => method === 'GET');

  it('looks at most twice a second how many renewals are', async () => {
    bench.one.volumes = many(30);
    const { status } = await bench.cluster.run(['renew', '--all', '-n', 'shop', '--yes', '--rate=1000']);
    assert.equal(status, 0);
    const [first, ...looks] = gets();
    const tookMs = looks.at(-1)!.atMs - first!.atMs;
    assert.ok(looks.length <= tookMs / 500, `${looks.length} looks in ${tookMs} ms`);
    assert.deepEqual(new Set(looks.map(({ path }) => path)), new Set(['/v1/volumes']));
  });

  it('has the node list all that it has once, where few are renewed', async () => {
    bench.one.volumes = many(30);
    const pod = { metadata: { name: 'pod-7', namespace: 'shop', uid: 'uid-shop-pod-7' }, spec: { nodeName: 'one' } };
    bench.cluster.world = {
      ...bench.cluster.world,
      objects: { ...bench.cluster.world.objects, '/api/v1/namespaces/shop/pods/pod-7': pod },
    };
    const { status } = await bench.cluster.run(['renew', 'pod-7']);
    assert.equal(status, 0);
    assert.deepEqual([...new Set(gets().map(({ path }) => path))], ['/v1/volumes', '/v1/volumes/csi-shop-pod-7']);
    assert.equal(gets().filter(({ path }) => path === '/v1/volumes').length, 1);
  });

  it('goes on for as long as the node answers', async () => {
    bench.one.volumes = many(8);
    bench.one.delayMs = 400;
    const { stderr, status } = await bench.cluster.run(['renew', '--all', '-n', 'shop', '--yes', '--timeout=1s', '--rate=1000']);
    assert.deepEqual({ stderr, status }, { stderr: '8 of 8 renewed\n', status: 0 });
  });

  it('ends with 4 where a node answers no more', async () => {
    bench.one.renewal = (volume) => {
      bench.one.instead = () => undefined;
      return awaited(volume);
    };
    const { stderr, status } = await bench.cluster.run(['renew', 'web', '--node-timeout=8s']);
    assert.equal(status, 4);
    assert.match(stderr, /Node one could not be asked: no answer within 8 s/);
  });

  it('tells of a volume that went meanwhile, and renews the others', async () => {
    bench.one.renewal = (volume) => ({ ...volume, receivedAt: inHours(0) });
    bench.one.meanwhile = (volume) => {
      bench.one.volumes = bench.one.volumes.filter(({ volumeId }) => volumeId === volume.volumeId);
      return volume;
    };
    const { stdout, stderr, status } = await bench.cluster.run(['renew', '--all', '-n', 'shop', '--yes']);
    assert.equal(status, 1);
    assert.match(stdout, /^shop\/api\/tls renewed/);
    assert.match(stderr, /shop\/web\/tls not renewed: .* answers 404: There is no volume "csi-shop-web"\n1 of 2 renewed/);
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
    const all = await bench.cluster.run(['renew', '--all', '-A', '--yes']);
    assert.deepEqual([all.stderr, all.status], ['Left out: 1 without a certificate to renew.\n', 0]);
    assert.equal(posts().length, 1);
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
