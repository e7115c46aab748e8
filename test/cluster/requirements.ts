import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arePodsRunning } from './cgroups.ts';
import { runCommand } from './command.ts';
import { PROGRAM_SOURCES } from './folders.ts';

interface Requirement {
  /** What is wrong, and how to cure it. */
  readonly otherwise: string;
  readonly isMet: (signal: AbortSignal) => Promise<boolean>;
}

const REQUIREMENTS: readonly Requirement[] = [
  {
    otherwise:
      'Not root: the cluster needs namespaces, mounts and control groups of this machine. Run it as root, in a virtual machine if need be.',
    isMet: async () => process.getuid?.() === 0,
  },
  {
    otherwise: 'No namespaces for processes, mounts and network with a veth pair and a bridge: in a container, run it with --privileged.',
    isMet: (signal) => succeeds(['unshare', '--mount', '--pid', '--net', '--fork', '--mount-proc', 'sh', '-ec', PROBE], signal),
  },
  {
    otherwise: 'No control groups for cpu, memory and pids below /sys/fs/cgroup: mount them (cgroups(7)), writable.',
    isMet: hasControlGroups,
  },
  {
    otherwise: 'Pods of another kubelet run on this machine: stop it, one machine has room for one.',
    isMet: async () => !(await arePodsRunning().catch(() => false)),
  },
  tool('apt-get', 'The node is made of Debian packages: use Debian or Ubuntu.'),
  tool('dpkg-deb', 'Install the package dpkg.'),
  tool('ip', 'Install the package iproute2.'),
  tool('nsenter', 'Install the package util-linux.'),
  tool('mount', 'Install the package mount.'),
  tool('tar', 'Install the package tar.'),
  {
    otherwise: 'No Go, or one older than test/cluster/programs/go.mod asks for: install it from go.dev.',
    isMet: hasGo,
  },
];

/** Fails unless the kernel makes what a pod's network is made of. */
const PROBE = 'command -v ip || exit 0; ip link add name probe0 type veth peer name probe1; ip link add name probe2 type bridge';

/** @returns everything that this machine lacks for the cluster, each with its cure; nothing has been changed. */
export async function findProblems(signal: AbortSignal): Promise<string[]> {
  const findings = await Promise.all(
    REQUIREMENTS.map(async ({ isMet, otherwise }) => ((await isMet(signal).catch(() => false)) ? [] : [otherwise])),
  );
  signal.throwIfAborted();
  return findings.flat();
}

function tool(name: string, cure: string): Requirement {
  return { otherwise: `No ${name}. ${cure}`, isMet: (signal) => succeeds(['sh', '-c', `command -v ${name}`], signal) };
}

async function succeeds(argv: readonly [string, ...string[]], signal: AbortSignal): Promise<boolean> {
  return runCommand(argv, {}, signal).then(
    () => true,
    () => false,
  );
}

/** Version 1: each controller is mounted; version 2: the root names those that it can hand down (cgroups(7)). */
async function hasControlGroups(): Promise<boolean> {
  const needed = ['cpu', 'memory', 'pids'];
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  const groups = mounts.filter(([, point, type, options]) => {
    return point?.startsWith('/sys/fs/cgroup') && type?.startsWith('cgroup') && options?.split(',').includes('rw');
  });
  const version1 = groups.flatMap(([, , type, options]) => (type === 'cgroup' ? (options ?? '').split(',') : []));
  const version2 = await readFile('/sys/fs/cgroup/cgroup.controllers', 'utf8').catch(() => '');
  const found = new Set([...version1, ...(groups.length > 0 ? version2.trim().split(' ') : [])]);
  return needed.every((name) => found.has(name));
}

async function hasGo(signal: AbortSignal): Promise<boolean> {
  const [, wanted] = /^go (\S+)$/m.exec(await readFile(join(PROGRAM_SOURCES, 'go.mod'), 'utf8')) ?? [];
  const [, present] = /go(\d+\.\d+(?:\.\d+)?)/.exec(await runCommand(['go', 'version'], { cwd: '/' }, signal)) ?? [];
  if (wanted === undefined || present === undefined) return false;
  return present.localeCompare(wanted, 'en', { numeric: true }) >= 0;
}
