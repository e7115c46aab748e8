import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk, TmpfsOptions } from '../ports.ts';
import { createSlots } from '../slots.ts';
import type { SelinuxLabel } from '../selinux-label.ts';
import { quote, run, runNow } from './disk-error.ts';
import { codeOf } from './errno.ts';
import type { Home } from './home.ts';
import * as kernel from './kernel.ts';
import { MOUNT_SOURCE, MOUNT_TABLE, parseMountTable } from './mount-table.ts';
import { tmpfsData } from './tmpfs-data.ts';

/** Each holds one of the four threads of libuv's pool, which looks at targets and RSA keys need as well; and koffi takes 256 calls at most. */
const UNMOUNTS_AT_A_TIME = 2;

const never = new AbortController().signal;

const OURS = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC;

/** What the kernel can do. */
export interface KernelFeatures {
  /** `classic` forces the way for kernels before 5.12. */
  readonly mountApi?: 'detect' | 'classic';
  /** Whether it labels files by SELinux; default: no. */
  readonly hasSelinux?: boolean;
}

/**
 * The real disk. What it does in memory it does at once, since handing it over to another thread costs many times as much.
 * @param home tells what is in memory, and where read-only binds are prepared on kernels before 5.12.
 */
export function createDisk(
  { isInMemory, staging }: Pick<Home, 'isInMemory' | 'staging'>,
  { mountApi = 'detect', hasSelinux = false }: KernelFeatures = {},
): Disk {
  let detachedBinds = mountApi === 'detect';
  let noswap = true;
  const unmounts = createSlots(UNMOUNTS_AT_A_TIME);

  return {
    ...createFileWork(isInMemory),
    mountTmpfs(path, options) {
      const mount = () => mountTmpfs(path, tmpfsData(options, hasSelinux), noswap);
      noswap = runNow(tmpfsWords(options, hasSelinux), path, mount);
    },
    bindReadOnly(source, target) {
      runNow(`bind ${quote(source)} read-only at`, target, () => {
        detachedBinds = detachedBinds && tryDetachedBind(source, target);
        if (!detachedBinds) bindThroughStaging(staging, source, target);
      });
    },
    unmount: (path) => run('unmount', path, () => unmounts.run(() => unmountInBackground(path), never)),
    lock: (directory) => runNow('lock the directory', directory, () => tryLock(directory)),
    mountTable: () => run('read', MOUNT_TABLE, async () => parseMountTable(await readFile(MOUNT_TABLE, 'utf8'))),
  };
}

type FileWork = Pick<Disk, 'makeDirectory' | 'writeFile' | 'symlink' | 'rename' | 'removeFile' | 'removeDirectory'>;

/** Of a volume only directories are ever made outside of memory; the local CA's two files may be on a disk, and are written once. */
function createFileWork(isInMemory: Home['isInMemory']): FileWork {
  return {
    async makeDirectory(path, mode) {
      const make = isInMemory(path) ? mkdirSync : mkdir;
      await run('make the directory', path, async () => {
        await make(path, { mode });
        setMode(path, mode);
      });
    },
    async writeFile(path, content, mode, group) {
      runNow('write', path, () => writeNewFile(path, content, mode, group));
    },
    async symlink(target, path) {
      runNow('make the link', path, () => symlinkSync(target, path));
    },
    async rename(from, to) {
      runNow(`rename ${quote(from)} to`, to, () => renameSync(from, to));
    },
    async removeFile(path) {
      await run('remove', path, () => ifThere(() => unlinkSync(path)));
    },
    async removeDirectory(path) {
      await run('remove the directory', path, () => ifThere(() => (isInMemory(path) ? rmdirSync(path) : rmdir(path))));
    },
  };
}

/** The exact mode, whatever the umask. Never that of what a link leads to, should one have taken the directory's place. */
function setMode(directory: string, mode: number): void {
  const opened = openSync(directory, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if ((fstatSync(opened).mode & 0o7777) !== mode) fchmodSync(opened, mode);
  } finally {
    closeSync(opened);
  }
}

function writeNewFile(path: string, content: string | Uint8Array, mode: number, group: number | undefined): void {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const file = openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(file, content);
    if (group !== undefined) fchownSync(file, 0, group);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}

async function ifThere(remove: () => void | Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

const KNOWN_LABEL = "one that the node's policy knows, or to none";

/** What sets a volume's label, and how to change it. */
const CURE_OF_LABEL = {
  '--selinux-context': `of --selinux-context: set it to ${KNOWN_LABEL}`,
  mount_flags: `of context= in mount_flags: have the caller, which may take it from the pod's seLinuxOptions, set it to ${KNOWN_LABEL}`,
} as const satisfies Record<SelinuxLabel['setBy'], string>;

/** With the label, which the node's policy may not know. */
function tmpfsWords({ selinuxLabel }: TmpfsOptions, hasSelinux: boolean): string {
  if (!hasSelinux || selinuxLabel === undefined) return 'mount a tmpfs at';
  return `mount a tmpfs with the SELinux label ${quote(selinuxLabel.text)} (${CURE_OF_LABEL[selinuxLabel.setBy]}) at`;
}

/** @returns whether the kernel knows `noswap` (Linux 6.4, and never in a user namespace: tmpfs(5)). */
function mountTmpfs(path: string, data: string, noswap: boolean): boolean {
  if (noswap) {
    try {
      kernel.mount(MOUNT_SOURCE, path, 'tmpfs', OURS, `${data},noswap`);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EINVAL') throw error;
    }
  }
  kernel.mount(MOUNT_SOURCE, path, 'tmpfs', OURS, data);
  return false;
}

/** @returns false where the kernel cannot. */
function tryDetachedBind(source: string, target: string): boolean {
  try {
    kernel.bindReadOnly(source, target);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOSYS') return false;
    throw error;
  }
}

/**
 * A bind is made read-only by a second call, and that second call does not reach copies that have already propagated to
 * other mount namespaces. So it is made on a private mount, from where MS_MOVE carries the finished bind to its target.
 */
function bindThroughStaging(staging: string, source: string, target: string): void {
  const bind = join(staging, 'bind');
  clearStaging(staging, bind);
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  kernel.mount(staging, staging, null, kernel.MS_BIND, null);
  try {
    kernel.mount('none', staging, null, kernel.MS_PRIVATE, null);
    mkdirSync(bind, { recursive: true, mode: 0o700 });
    kernel.mount(source, bind, null, kernel.MS_BIND, null);
    kernel.mount('none', bind, null, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | OURS, null);
    moveMount(bind, target);
  } finally {
    clearStaging(staging, bind);
    rmdirSync(bind);
    rmdirSync(staging);
  }
}

/** mount(2) follows a link in place of the target, so it is told the directory itself. */
function moveMount(bind: string, target: string): void {
  const directory = openSync(target, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    kernel.mount(bind, `/proc/self/fd/${directory}`, null, kernel.MS_MOVE, null);
  } finally {
    closeSync(directory);
  }
}

function clearStaging(staging: string, bind: string): void {
  unmountIfMounted(bind);
  unmountIfMounted(staging);
}

function unmountIfMounted(path: string): void {
  try {
    kernel.unmount(path);
  } catch (error) {
    passIfNotMounted(error);
  }
}

async function unmountInBackground(path: string): Promise<void> {
  await kernel.unmountInBackground(path).catch(passIfNotMounted);
}

/** EINVAL: not a mount point. ENOENT: not even a directory. */
function passIfNotMounted(error: unknown): void {
  if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOENT') throw error;
}

/** @returns what lets go of it; undefined where another process has it. */
function tryLock(directory: string): (() => void) | undefined {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    kernel.lock(descriptor);
    return () => closeSync(descriptor);
  } catch (error) {
    closeSync(descriptor);
    if (codeOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
