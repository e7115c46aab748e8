import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { ClusterFailure } from './failure.ts';
import { ROOT, ROOT_INSIDE, STATE, STATE_INSIDE } from './folders.ts';
import { childrenOf, identifyProcess, isRunning, mountNamespaceOf, processIds, signalProcess, type ProcessIdentity } from './processes.ts';
import { waitUntil } from './wait.ts';

const FILE = join(STATE, 'node.json');
const INIT_NAME = 'tini-static';
const TIMEOUT_MS = 10_000;

/**
 * The machine that the cluster runs on: namespaces of its own for processes, mounts and network. Whatever happens in it, the kernel takes away
 * processes, mounts, addresses and firewall rules with its first process.
 */
export interface ClusterNode {
  /** unshare(1), by which the namespaces are entered. Its only child is their first process, and dies with it. */
  readonly holder: ProcessIdentity;
}

/** Starts an empty node with its folders in place. @throws {ClusterFailure} */
export async function startNode(signal: AbortSignal): Promise<ClusterNode> {
  const init = [join(STATE, 'packages', 'usr', 'bin', INIT_NAME), '--', 'sleep', 'infinity'];
  const child = spawn('unshare', ['--mount', '--pid', '--net', '--fork', '--kill-child', '--mount-proc', '--', ...init], {
    // The node finds us by this folder, wherever it is, when its own file systems hide the path to it.
    cwd: ROOT,
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  const holder = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (holder === undefined) throw new ClusterFailure('unshare cannot be started');
  // At once, so that no crash of ours leaves a node that nobody knows.
  writeFileSync(FILE, JSON.stringify(holder));
  const isReady = async (): Promise<boolean> => {
    return childrenOf(holder.pid).some(({ pid }) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === INIT_NAME);
  };
  await waitUntil('the namespaces have their first process', TIMEOUT_MS, isReady, signal);
  const node = { holder };
  await makeFolders(node, signal);
  return node;
}

/** @returns the node that runs, if one does. */
export async function findNode(): Promise<ClusterNode | undefined> {
  const text = await readFile(FILE, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const holder = JSON.parse(text) as ProcessIdentity;
  return isRunning(holder) ? { holder } : undefined;
}

/** @returns the command as it runs in the node, on the node's paths. */
export function inNode(node: ClusterNode, argv: readonly string[]): [string, ...string[]] {
  const pid = node.holder.pid;
  return ['nsenter', `--target=${pid}`, '--mount', '--net', `--pid=/proc/${pid}/ns/pid_for_children`, '--', ...argv];
}

/** The environment of everything in the node; nothing of ours gets in. */
export const NODE_ENVIRONMENT = {
  HOME: '/root',
  PATH: [...['usr/sbin', 'usr/bin'].map((folder) => `${STATE_INSIDE}/packages/${folder}`), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(
    ':',
  ),
  // The API server calls cert-manager's webhook, whose certificate is the cluster's.
  SSL_CERT_FILE: `${STATE_INSIDE}/pki/ca.crt`,
};

/** Runs a command in the node to its end. @returns its output. @throws {ClusterFailure} */
export function runInNode(node: ClusterNode, argv: readonly string[], signal: AbortSignal): Promise<string> {
  return runCommand(inNode(node, argv), { env: NODE_ENVIRONMENT }, signal);
}

/** Kills all processes of the node; when it returns, they and its mounts are gone. @throws {ClusterFailure} after 10 s. */
export async function endNode(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const namespace = mountNamespaceOf(node.holder.pid);
  // The kernel ends all others with the first process (pid_namespaces(7)).
  for (const init of childrenOf(node.holder.pid)) signalProcess(init, 'SIGKILL');
  const isOver = async (): Promise<boolean> => !isRunning(node.holder) && !processIds().some((pid) => mountNamespaceOf(pid) === namespace);
  await waitUntil('all processes of the node have ended', TIMEOUT_MS, isOver, signal);
}

async function makeFolders(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const mount = (...args: string[]): Promise<string> => runInNode(node, ['mount', ...args], signal);
  // Hidden: where the kubelet, containerd and the pods write to, and the sockets of the machine's own services.
  for (const folder of ['/run', '/var/lib', '/var/log']) await mount('-t', 'tmpfs', '-o', 'mode=755', 'podcert-cluster', folder);
  await mount('-t', 'tmpfs', '-o', 'mode=1777', 'podcert-cluster', '/tmp');
  await runInNode(node, ['mkdir', '-p', ROOT_INSIDE, '/var/lib/kubelet'], signal);
  await mount('--no-canonicalize', '--bind', '/proc/1/cwd', ROOT_INSIDE);
  // On the disk, as on a real node: measured memory must not contain files.
  await mount('--bind', `${STATE_INSIDE}/kubelet`, '/var/lib/kubelet');
  // Last: each mount becomes a peer group of its own, so that what is mounted below one does not show up below another.
  await mount('--make-rshared', '/');
}
