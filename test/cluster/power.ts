import { ROOT_INSIDE } from './folders.ts';
import { runInNode, type ClusterNode } from './node.ts';
import { startPart, stopPart } from './part-process.ts';
import { waitUntil } from './wait.ts';

const TIMEOUT_MS = 60_000;
/** By the time kubelet is stopped nothing starts them again. */
const KILL_ALL = 'ctr --namespace=k8s.io tasks ls --quiet | xargs -r -n 1 ctr --namespace=k8s.io tasks kill --signal=SIGKILL';
/** What was mounted since the node was made, the last first, and what is in /run on a disk here. */
const FORGET = `set -e
awk '$2 ~ "^/(run|tmp|var/lib)/" && $2 !~ "^(/var/lib/kubelet$|${ROOT_INSIDE})" { print $2 }' /proc/self/mounts | tac |
while read -r point; do umount "$point"; done
rm -rf /run/containerd /run/netns`;

/**
 * Takes from the node what a machine loses with its power: kubelet, containerd, every container, every mount. What was on a disk stays, and the
 * control plane, which shares the machine here, goes on.
 */
export async function powerOff(node: ClusterNode, signal: AbortSignal): Promise<void> {
  await stopPart('kubelet', 'SIGKILL', signal);
  await runInNode(node, ['sh', '-c', KILL_ALL], signal);
  const tasks = () => runInNode(node, ['ctr', '--namespace=k8s.io', 'tasks', 'ls', '--quiet'], signal);
  await waitUntil('containerd has buried all containers', TIMEOUT_MS, async () => (await tasks()) === '', signal);
  await stopPart('containerd', 'SIGKILL', signal);
  await runInNode(node, ['sh', '-c', FORGET], signal);
}

/** Starts what `powerOff` has ended. When it returns, kubelet runs, and the pods are about to come. */
export async function powerOn(node: ClusterNode, signal: AbortSignal): Promise<void> {
  await startPart(node, 'containerd', signal);
  await startPart(node, 'kubelet', signal);
}
