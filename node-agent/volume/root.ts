import { realpath } from 'node:fs/promises';
import { AgentError, misconfigured } from '../errors.ts';
import type { Disk, MountEntry } from '../ports.ts';
import { isMountPointNow } from './bound.ts';
import { ensureDirectory } from './files.ts';
import { createHome } from './home.ts';
import type { Home } from './home.ts';
import { isRootsDirectory } from './look-at.ts';
import { isOurs } from './mount-table.ts';
import { whyNotRoots } from './roots-path.ts';
import type { VolumeTools } from './volume-tools.ts';

/** Room for the records and parts of some thousand volumes; a tmpfs takes only what is written. */
const STATE_SIZE_BYTES = 256 * 1024 * 1024;
const STATE_INODES = 256 * 1024;

/** The paths below a data root, which need not exist yet. Resolved, since the mount table has resolved paths only. */
export async function openHome(dataRoot: string): Promise<Home> {
  return createHome(await realpath(dataRoot).catch(() => dataRoot));
}

/**
 * Takes the data root for this process alone, before anything in its directories is touched: two drivers, of whatever names, would each
 * renew and remove the volumes of the other.
 * @returns what lets go of it. @throws {AgentError} `misconfigured` where another driver has it, `disk-failed` where somebody else than
 * root could put links into it.
 */
export async function takeRoot(disk: Disk, home: Home): Promise<() => void> {
  const { root, state, volumes } = home;
  for (const directory of [root, state, volumes]) await ensureDirectory(disk, directory, 0o700);
  await requireRoots(home);
  // Not the root, which kubelet makes with mode 0755: a lock is open to all who can open the directory.
  const letGo = disk.lock(volumes);
  if (letGo !== undefined) return letGo;
  const problem = { field: '--data-root', value: root, why: 'another driver is at work there', cure: 'stop it, or choose another folder' };
  throw misconfigured('Cannot start', [problem]);
}

/**
 * Mounts the state tmpfs of a data root that was taken, if it is not. What a former process left stays as it is.
 * @returns the mount table as it was before, read once.
 * @throws {AgentError} as `Disk`, such as without CAP_SYS_ADMIN.
 */
export async function prepareRoot(disk: Disk, home: Home): Promise<readonly MountEntry[]> {
  const table = await disk.mountTable();
  if (!table.some((entry) => isOurs(entry, home.state))) mountState(disk, home.state);
  return table;
}

/** The default data root of cert-manager's csi-driver is below /tmp, where any user of the node may be first to make it. */
async function requireRoots({ root, state, volumes }: Home): Promise<void> {
  const cure = 'remove it or give it to root, with mode 0755';
  const why = whyNotRoots(root);
  if (why !== undefined) throw new AgentError('disk-failed', `Cannot use the data root ${JSON.stringify(root)}: ${why}; ${cure}`);
  for (const path of [state, volumes]) {
    if (!isRootsDirectory(path))
      throw new AgentError('disk-failed', `Cannot use ${JSON.stringify(path)} in the data root: it is no directory of root's; remove it`);
  }
}

/**
 * Mounts the state tmpfs again where somebody unmounted it: what is below it is no place for keys.
 * @param states where it is.
 * @throws {AgentError} as `Disk`.
 */
export async function ensureState({ disk, journal }: Pick<VolumeTools, 'disk' | 'journal'>, states: string): Promise<void> {
  if (isMountPointNow(states)) return;
  await ensureDirectory(disk, states, 0o700);
  // Looked at again and mounted in one turn: of two volumes only one must do it.
  if (isMountPointNow(states)) return;
  mountState(disk, states);
  journal.note({ kind: 'state-remounted', path: states });
}

function mountState(disk: Disk, path: string): void {
  disk.mountTmpfs(path, { sizeBytes: STATE_SIZE_BYTES, inodes: STATE_INODES, mode: 0o700 });
}
