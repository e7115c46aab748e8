import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, before, beforeEach } from 'node:test';
import { buildCli } from '../../build-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startAdminServer, type AdminServer } from './admin-server.ts';
import { driverPod, DRIVERS, fakeCluster, type FakeCluster } from './fake-cluster.ts';
import { volumeOf } from './volumes.ts';

/** The built program, a stand-in for kubectl, and the admin listeners of two nodes. */
export interface CliBench {
  readonly folder: string;
  readonly program: string;
  readonly cluster: FakeCluster;
  /** Both are new for each test: `one` has the pods web and api of shop, `two` has db of data. */
  readonly one: AdminServer;
  readonly two: AdminServer;
}

/** The bench of this suite, there from before its first test. */
export function cliBench(): CliBench {
  const folder = temporaryFolder('cli');
  const bench = { folder } as { -readonly [Name in keyof CliBench]: CliBench[Name] };
  before(async () => {
    bench.program = await buildCli(folder);
    bench.cluster = fakeCluster(folder, bench.program);
  });
  beforeEach(async () => {
    bench.one = await startAdminServer('one', [volumeOf('shop', 'web'), volumeOf('shop', 'api')]);
    bench.two = await startAdminServer('two', [volumeOf('data', 'db')]);
    bench.cluster.world = {
      objects: {
        [DRIVERS]: { items: [driverPod('one'), driverPod('two')] },
        '/api/v1/namespaces/shop/pods/web': {
          metadata: { name: 'web', namespace: 'shop', uid: 'uid-shop-web' },
          spec: { nodeName: 'one' },
        },
      },
      ways: {
        'podcert-one': { kind: 'forwards', port: bench.one.port },
        'podcert-two': { kind: 'forwards', port: bench.two.port },
      },
      reviews: [],
      namespace: 'shop',
    };
  });
  afterEach(() => Promise.all([bench.cluster.end(), bench.one.close(), bench.two.close()]));
  return bench;
}

/** A Node.js of another major version that the machine has, 20 or newer; undefined where there is none. */
export function otherNode(): string | undefined {
  const own = process.versions.node.split('.')[0];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    if (!existsSync(path) || realpathSync(path) === realpathSync(process.execPath)) continue;
    const [, major = '0'] = /^v(\d+)\./.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout) ?? [];
    if (major !== own && Number(major) >= 20) return path;
  }
  return undefined;
}

/** Whether a process is there. */
export function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
