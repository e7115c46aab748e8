import { existsSync } from 'node:fs';
import { runCommand } from './command.ts';
import { runInNode, type ClusterNode } from './node.ts';

/** The address of the node, its services and the API server. */
export const NODE_ADDRESS = '10.97.0.1';

/** Where services have their addresses. */
export const SERVICE_NETWORK = '10.96.0.0/24';

/** The address by which pods find the API server: the first of the service network. */
export const API_SERVICE_ADDRESS = '10.96.0.1';

/** Our end of the wire to the node. */
const LINK = 'podcert0';
const OUR_ADDRESS = '10.97.0.254/24';

/** Connects this machine with the node, and with nothing beyond it: there is no route from the node to anywhere else. */
export async function connectNode(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const outside = (...args: string[]): Promise<string> => runCommand(['ip', ...args], {}, signal);
  const inside = (...args: string[]): Promise<string> => runInNode(node, ['ip', ...args], signal);
  await outside('link', 'add', LINK, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(node.holder.pid));
  await outside('address', 'add', OUR_ADDRESS, 'dev', LINK);
  await outside('link', 'set', LINK, 'up');
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${NODE_ADDRESS}/24`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  // The API server listens on the service's own address and port, so that neither kube-proxy nor a firewall rule is needed.
  await inside('address', 'add', `${API_SERVICE_ADDRESS}/32`, 'dev', 'lo');
  await runInNode(node, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'], signal);
}

/** Removes our end of the wire. The kernel does so too once the node has ended, but later. */
export async function disconnectNode(signal: AbortSignal): Promise<void> {
  if (existsSync(`/sys/class/net/${LINK}`))
    await runCommand(['sh', '-c', `ip link delete ${LINK} 2>&1 || ! ip link show ${LINK}`], {}, signal);
}
