import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cliBench } from './bench.ts';
import { driverPod, DRIVERS, LABELLED } from './fake-cluster.ts';

const NONE = { items: [] };
const FORBIDDEN =
  'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope';

function drivers(namespace: string): { readonly items: readonly object[] } {
  return { items: ['one', 'two'].map((node) => driverPod(node, { namespace })) };
}

describe('of the pods with the label of the driver, kubectl podcert', () => {
  const bench = cliBench();
  const see = (near: unknown, everywhere: unknown, more: Readonly<Record<string, unknown>> = {}) => {
    bench.cluster.world = { ...bench.cluster.world, objects: { [DRIVERS]: near, [LABELLED]: everywhere, ...more } };
  };
  const listed = async (...args: readonly string[]) => {
    const { stdout, stderr, status } = await bench.cluster.run(['list', '-o', 'name', ...args]);
    assert.equal(status, 0, stderr);
    return stdout.trim().split('\n');
  };
  const forwards = () =>
    bench.cluster
      .calls()
      .filter(({ args }) => args[0] === 'port-forward')
      .map(({ args }) => args[1]);

  it('asks none of a tenant who poses as the driver', async () => {
    see(drivers('podcert-system'), { items: [driverPod('one', { namespace: 'evil' }), ...drivers('podcert-system').items] });
    assert.equal((await listed()).length, 3);
    assert.deepEqual(forwards(), ['--namespace=podcert-system', '--namespace=podcert-system']);
  });

  it('asks those of the only namespace that has some, where podcert-system has none', async () => {
    see(NONE, drivers('certificates'));
    assert.equal((await listed()).length, 3);
  });

  it('asks nobody where several namespaces have some and podcert-system none, until it is told which', async () => {
    see(
      NONE,
      { items: [...drivers('evil').items, ...drivers('certificates').items] },
      { [DRIVERS.replace('podcert-system', 'certificates')]: drivers('certificates') },
    );
    const { stdout, stderr, status } = await bench.cluster.run(['list']);
    assert.deepEqual({ stdout, status }, { stdout: '', status: 1 });
    assert.match(stderr, /Cannot tell which pods are the driver's: .* are in namespaces certificates, evil\ncure: .*--driver-namespace/);
    assert.deepEqual(forwards(), []);
    assert.equal((await listed('--driver-namespace=certificates')).length, 3);
  });

  it('asks nobody where the pods of podcert-system are on no node yet', async () => {
    see({ items: [{ metadata: { name: 'podcert-x', namespace: 'podcert-system' }, spec: {} }] }, drivers('evil'));
    const { stderr, status } = await bench.cluster.run(['list']);
    assert.equal(status, 1);
    assert.match(stderr, /no pod in namespace "podcert-system" has the label/);
  });

  it('needs no right to look everywhere', async () => {
    see(drivers('podcert-system'), FORBIDDEN);
    assert.equal((await listed()).length, 3);
    see(NONE, FORBIDDEN);
    const { stderr, status } = await bench.cluster.run(['list']);
    assert.equal(status, 1);
    assert.match(stderr, /no pod in namespace "podcert-system" .*\ncure: .*--driver-namespace/);
  });
});
