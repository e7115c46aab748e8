import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadYaml } from '@kubernetes/client-node';
import { failingSo } from './admin-server.ts';
import { cliBench, otherNode } from './bench.ts';
import { driverPod, DRIVERS, LABELLED } from './fake-cluster.ts';
import { inHours, volumeOf } from './volumes.ts';

interface ListAnswer {
  readonly volumes: readonly { readonly volumeId: string; readonly node: string }[];
  readonly unreachable: readonly { readonly node: string; readonly why: string }[];
}

describe('kubectl podcert list', () => {
  const bench = cliBench();
  const namesOf = async (...args: readonly string[]) => {
    const { stdout, stderr, status } = await bench.cluster.run(['list', '-o', 'name', ...args]);
    assert.equal(status, 0, stderr);
    return stdout.trim().split('\n');
  };

  for (const { name, node } of [
    { name: 'the Node.js of the project', node: process.execPath },
    { name: 'another Node.js of this machine', node: otherNode() },
  ]) {
    it(
      `shows the volumes of all nodes, by ${name}`,
      { skip: node === undefined && 'there is no other Node.js of 20 or newer' },
      async () => {
        const { stdout, stderr, status } = await bench.cluster.run(['list'], node === undefined ? {} : { node });
        assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
        const [heading, ...rows] = stdout.trim().split('\n');
        assert.equal(heading, 'NAMESPACE   POD   VOLUME   ISSUER        NAMES        EXPIRES   RENEWS   STATE');
        assert.deepEqual(rows, [
          'data        db    tls      internal-ca   DNS:db +1    in 23h    in 15h   Ready',
          'shop        api   tls      internal-ca   DNS:api +1   in 23h    in 15h   Ready',
          'shop        web   tls      internal-ca   DNS:web +1   in 23h    in 15h   Ready',
        ]);
      },
    );
  }

  it('sends nodes nothing of the user: no header that could carry a credential', async () => {
    await bench.cluster.run(['list', '--context=prod', '--as=jane']);
    assert.deepEqual(Object.keys(bench.one.requests[0]?.headers ?? {}).toSorted(), ['connection', 'host']);
    assert.match(bench.one.requests[0]?.headers.host ?? '', /^127\.0\.0\.1:\d+$/);
  });

  it('hands flags of kubectl on to each kubectl, and reaches nodes by nothing but port-forward', async () => {
    await bench.cluster.run(['list', '--context=prod', '--as', 'jane', '--as-group=a', '--as-group=b']);
    const calls = bench.cluster.calls().map(({ args }) => args);
    const passed = ['--context=prod', '--as=jane', '--as-group=a', '--as-group=b'];
    for (const args of calls) assert.deepEqual(args.slice(-4), passed);
    assert.deepEqual(
      calls.map(([verb = '']) => verb).toSorted((one, other) => one.localeCompare(other)),
      ['get', 'port-forward', 'port-forward'],
    );
    assert.ok(calls.every((args) => args.every((arg) => !arg.includes('/proxy') && arg !== 'exec')));
  });

  it('narrows by namespace, node, issuer, labels, expiry and health', async () => {
    bench.two.volumes = [
      volumeOf('data', 'db', { notAfterAt: inHours(2), issuer: { name: 'internal-ca', kind: 'ClusterIssuer', group: 'cert-manager.io' } }),
      volumeOf('data', 'old', { health: { kind: 'degraded', reason: 'RenewalFailing', message: 'no' } }),
    ];
    const podsOf = { items: [{ metadata: { name: 'web', namespace: 'shop', uid: 'uid-shop-web' }, spec: { nodeName: 'one' } }] };
    bench.cluster.world = {
      ...bench.cluster.world,
      objects: { ...bench.cluster.world.objects, '/api/v1/pods?labelSelector=app%3Dweb': podsOf },
    };
    assert.deepEqual(await namesOf('-n', 'shop'), ['shop/api/tls', 'shop/web/tls']);
    assert.deepEqual(await namesOf('--node=two'), ['data/db/tls', 'data/old/tls']);
    assert.deepEqual(await namesOf('--issuer=clusterissuer/internal-ca'), ['data/db/tls']);
    assert.deepEqual(await namesOf('-l', 'app=web'), ['shop/web/tls']);
    assert.deepEqual(await namesOf('--expiring=3h'), ['data/db/tls']);
    assert.deepEqual(await namesOf('--unhealthy'), ['data/old/tls']);
    assert.equal((await namesOf('--sort-by=expires'))[0], 'data/db/tls');
    assert.equal((await namesOf('--sort-by=state')).at(-1), 'data/old/tls');
  });

  it('counts a renewal that fails as trouble, before kubelet is told', async () => {
    bench.one.volumes = [volumeOf('shop', 'web', { failing: failingSo(7) }), volumeOf('shop', 'api')];
    assert.deepEqual(await namesOf('--unhealthy'), ['shop/web/tls']);
    assert.match((await bench.cluster.run(['list', '-n', 'shop'])).stdout, /^shop +web .* RenewalFailing$/m);
    const { stdout } = await bench.cluster.run(['doctor']);
    assert.match(stdout, /^! volumes \[one\]: 1 of its 2 volumes are not well$/m);
  });

  it('asks only the nodes that can have such a volume', async () => {
    await namesOf('--node=two');
    assert.equal(bench.one.requests.length, 0);
  });

  it('says the same in JSON and in YAML', async () => {
    const json = JSON.parse((await bench.cluster.run(['list', '-ojson'])).stdout) as ListAnswer;
    const yaml = loadYaml<ListAnswer>((await bench.cluster.run(['list', '-o=yaml'])).stdout);
    assert.deepEqual(
      json.volumes.map(({ volumeId, node }) => [volumeId, node]),
      [
        ['csi-data-db', 'two'],
        ['csi-shop-api', 'one'],
        ['csi-shop-web', 'one'],
      ],
    );
    assert.deepEqual(yaml.volumes, json.volumes);
  });

  it('ends with 3 by --exit-code where something is found, else with 0', async () => {
    assert.equal((await bench.cluster.run(['list', '--expiring=1h', '--exit-code'])).status, 0);
    assert.equal((await bench.cluster.run(['list', '--expiring=24h', '--exit-code'])).status, 3);
    assert.equal((await bench.cluster.run(['list', '--expiring=24h'])).status, 0);
  });

  it('prints what it has and ends with 4 where a node cannot be asked, each with its cure', async () => {
    const closed = { kind: 'forwards', port: 1 } as const;
    bench.cluster.world = {
      ...bench.cluster.world,
      objects: {
        [DRIVERS]: { items: ['one', 'shut', 'slow', 'gone'].map((node) => driverPod(node)).concat(driverPod('new', { phase: 'Pending' })) },
      },
      ways: {
        ...bench.cluster.world.ways,
        'podcert-shut': closed,
        'podcert-slow': { kind: 'silent' },
        'podcert-gone': {
          kind: 'fails',
          message:
            'Error from server (Forbidden): pods "podcert-gone" is forbidden: User "jane" cannot create resource "pods/portforward" in API group "" in the namespace "podcert-system"',
        },
      },
    };
    const { stdout, stderr, status } = await bench.cluster.run(['list', '-o', 'json', '--node-timeout=8s']);
    assert.equal(status, 4);
    const { volumes, unreachable } = JSON.parse(stdout) as ListAnswer;
    assert.deepEqual(
      volumes.map(({ node }) => node),
      ['one', 'one'],
    );
    assert.deepEqual(
      unreachable.map(({ node }) => node),
      ['gone', 'new', 'shut', 'slow'],
    );
    assert.match(stderr, /Node shut could not be asked: .*nothing listens at port 9404 of pod "podcert-shut"; .*--admin-bind-address/);
    assert.match(stderr, /Node slow could not be asked: no answer within 8 s; .*--node-timeout/);
    assert.match(
      stderr,
      /Node gone .*; the rule \{apiGroups: \[""\], resources: \[pods\/portforward\], verbs: \[create\]\} is missing, in a Role in namespace "podcert-system"/,
    );
    assert.match(stderr, /Node new could not be asked: its driver's pod "podcert-new" is Pending/);
  });

  for (const { name, items, said, cure } of [
    { name: 'there is no driver', items: { items: [] }, said: /Cannot find a driver: no pod in any namespace/, cure: /--driver-namespace/ },
    {
      name: 'there is no API server',
      items: 'Unable to connect to the server: dial tcp: no such host',
      said: /no such host/,
      cure: /--context/,
    },
    {
      name: 'nobody is logged in',
      items: 'error: You must be logged in to the server (Unauthorized)',
      said: /must be logged in/,
      cure: /log in again/,
    },
  ]) {
    it(`says what is wrong and what to do where ${name}`, async () => {
      bench.cluster.world = { ...bench.cluster.world, objects: { [DRIVERS]: items, [LABELLED]: items } };
      const { stdout, stderr, status } = await bench.cluster.run(['list']);
      assert.deepEqual({ stdout, status }, { stdout: '', status: 1 });
      assert.match(stderr, said);
      assert.match(stderr, cure);
    });
  }

  it('says where kubectl is to be put when there is none', async () => {
    const { stderr, status } = await bench.cluster.run(['list'], { environment: { KUBECTL: '/nonexistent/kubectl' } });
    assert.equal(status, 1);
    assert.match(stderr, /Cannot run "\/nonexistent\/kubectl".*\ncure: put kubectl into PATH/);
  });
});
