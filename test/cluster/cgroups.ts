import { existsSync } from 'node:fs';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from './wait.ts';

const MOUNT_POINT = '/sys/fs/cgroup';
/** The name that every kubelet uses; one machine has room for one. */
const NAME = 'kubepods';
const TIMEOUT_MS = 10_000;

/** Whether processes run in a kubelet's control groups. */
export async function arePodsRunning(): Promise<boolean> {
  for (const folder of await podFolders()) {
    for (const group of await groupsBelow(folder)) {
      if ((await readFile(join(group, 'cgroup.procs'), 'utf8')) !== '') return true;
    }
  }
  return false;
}

/** Removes the control groups that a kubelet leaves behind. @throws {ClusterFailure} where processes stay in them. */
export async function removePodGroups(signal: AbortSignal): Promise<void> {
  await waitUntil('the control groups of the pods are empty', TIMEOUT_MS, async () => !(await arePodsRunning()), signal);
  for (const folder of await podFolders()) {
    // A group goes after those below it.
    for (const group of (await groupsBelow(folder)).toReversed()) await rmdir(group);
  }
}

/** One for each hierarchy of version 1, or the only one of version 2 (cgroups(7)). */
async function podFolders(): Promise<string[]> {
  const names = await readdir(MOUNT_POINT);
  return ['', ...names].map((name) => join(MOUNT_POINT, name, NAME)).filter((folder) => existsSync(folder));
}

async function groupsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return [folder, ...below.toSorted((a, b) => a.length - b.length)];
}
