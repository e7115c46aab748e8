import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startKubectl } from './cluster-access.ts';
import { driverPods } from './driver-pods.ts';
import { DRIVER_NAMESPACE } from './install.ts';

/** The admin listener of a driver, as `kubectl port-forward` leads there. */
export interface Forwarded {
  readonly url: string;
  readonly podIp: string;
  readonly podName: string;
  stop(): Promise<void>;
}

export const ADMIN_PORT = 9404;

/** Forwards a port of this machine to the first driver's admin listener. @throws {Error} where kubectl ends instead. */
export async function forwardAdmin(): Promise<Forwarded> {
  const [pod] = await driverPods();
  if (pod?.status.podIP === undefined) throw new Error('There is no driver');
  const { name } = pod.metadata;
  const child = startKubectl(['port-forward', `pod/${name}`, `--namespace=${DRIVER_NAMESPACE}`, `:${ADMIN_PORT}`]);
  const closed = once(child, 'close');
  const lines = createInterface(child.stdout);
  for await (const line of lines) {
    const [, address] = /^Forwarding from (127\.0\.0\.1:\d+) ->/.exec(line) ?? [];
    if (address === undefined) continue;
    child.stdout.resume();
    const stop = async () => {
      child.kill('SIGTERM');
      await closed;
    };
    return { url: `http://${address}`, podIp: pod.status.podIP, podName: name, stop };
  }
  throw new Error('kubectl port-forward ended');
}
