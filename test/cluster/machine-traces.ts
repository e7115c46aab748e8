import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { ROOT, ROOT_INSIDE } from './folders.ts';
import { processIds } from './processes.ts';

const FOLDERS = ['/var/lib', '/run', '/etc', '/opt', '/usr/libexec'].flatMap((parent) =>
  ['kubelet', 'containerd', 'cni', 'kubernetes', 'podcert', 'podcert-cluster'].map((name) => `${parent}/${name}`),
);

/** What a cluster could leave behind on a machine. */
export interface MachineTraces {
  /** The command lines of the processes that name the cluster's folders. */
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly addresses: readonly string[];
  readonly firewall: string;
  readonly controlGroups: readonly string[];
  readonly folders: readonly string[];
  readonly kernelSettings: readonly string[];
}

/** Looks at the machine, for a comparison of before and after. */
export function lookForTraces(): MachineTraces {
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, all]) => (all ?? []).map(({ cidr }) => `${name} ${cidr}`));
  return {
    processes: processIds()
      .map(commandLine)
      .filter((line) => line.includes(ROOT) || line.includes(ROOT_INSIDE)),
    mounts: readFileSync('/proc/self/mounts', 'utf8').split('\n').toSorted(),
    addresses: addresses.toSorted(),
    firewall: readIfThere('/proc/net/ip_tables_names'),
    controlGroups: readIfThere('/proc/self/mounts')
      .split('\n')
      .map((line) => `${line.split(' ')[1]}/kubepods`)
      .filter((folder) => existsSync(folder)),
    folders: FOLDERS.filter((folder) => existsSync(folder)),
    kernelSettings: ['vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops', 'net/ipv4/ip_forward'].map(
      (name) => `${name} ${readIfThere(`/proc/sys/${name}`).trim()}`,
    ),
  };
}

function commandLine(pid: number): string {
  return readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
