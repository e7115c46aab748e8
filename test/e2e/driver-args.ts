import { after, before } from 'node:test';
import { getJson, kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE, waitForDriver } from './install.ts';

const DAEMON_SET = ['daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`];

/** Has the driver run with further arguments from before this suite's first test until after its last, however those end. */
export function ownDriverArgs(...args: readonly string[]): void {
  let old: readonly string[] | undefined;
  before(async () => {
    const found = await argsOfDriver();
    old = found;
    await replaceArgs([...found, ...args]);
  });
  after(async () => {
    if (old !== undefined) await replaceArgs(old);
  });
}

async function argsOfDriver(): Promise<readonly string[]> {
  const { spec } = await getJson<DaemonSet>(DAEMON_SET);
  return spec.template.spec.containers[0].args;
}

async function replaceArgs(value: readonly string[]): Promise<void> {
  const patch = JSON.stringify([{ op: 'replace', path: '/spec/template/spec/containers/0/args', value }]);
  await kubectl(['patch', ...DAEMON_SET, '--type=json', `--patch=${patch}`]);
  await waitForDriver();
}

interface DaemonSet {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] } } };
}
