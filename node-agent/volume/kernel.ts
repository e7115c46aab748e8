import { constants } from 'node:os';
import koffi from 'koffi';

/**
 * The calls of Linux that Node.js does not offer. Each is synchronous and takes well under a millisecond, where
 * spawning mount(8) takes 12 ms and blocks the loop under a burst; but for unmounting, which has a way in the background.
 */

// linux/mount.h, linux/fcntl.h; the system call numbers are the same on every architecture (include/uapi/asm-generic/unistd.h).
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0x80000;
const MOVE_MOUNT_F_EMPTY_PATH = 0x4;
const MOUNT_ATTR_RDONLY = 1n;
const UMOUNT_NOFOLLOW = 8;
const LOCK_EX = 2;
const LOCK_NB = 4;
const MADV_DONTNEED = 4;
const POLLERR = 0x8;
// linux/inotify.h.
const IN_NONBLOCK = 0x800;
const IN_CLOEXEC = 0x80000;
const IN_ATTRIB = 0x4;
const IN_MOVE = 0xc0;
const IN_CREATE = 0x100;
const IN_DELETE = 0x200;
const IN_MOVE_SELF = 0x800;
const IN_ONLYDIR = 0x1000000;
const IN_DONT_FOLLOW = 0x2000000;
const SYS_OPEN_TREE = 428;
const SYS_MOVE_MOUNT = 429;
const SYS_MOUNT_SETATTR = 442;

/** Flags of mount(2). */
export const MS_RDONLY = 0x1;
export const MS_NOSUID = 0x2;
export const MS_NODEV = 0x4;
export const MS_NOEXEC = 0x8;
export const MS_REMOUNT = 0x20;
export const MS_BIND = 0x1000;
export const MS_MOVE = 0x2000;
export const MS_PRIVATE = 0x40000;

const libc = koffi.load(null);
const cMount = libc.func('int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)');
const cUmount2 = libc.func('int umount2(const char *target, int flags)');
const cFlock = libc.func('int flock(int fd, int operation)');
const cClose = libc.func('int close(int fd)');
const cMallocTrim = optional(() => libc.func('int malloc_trim(size_t pad)'));
const cMadvise = libc.func('int madvise(uintptr_t address, size_t length, int advice)');
const cInotifyInit1 = libc.func('int inotify_init1(int flags)');
const cInotifyAddWatch = libc.func('int inotify_add_watch(int fd, const char *path, uint32_t mask)');
const cInotifyRmWatch = libc.func('int inotify_rm_watch(int fd, int wd)');
const cPoll = libc.func('int poll(void *descriptors, unsigned long count, int timeout)');
// Through syscall(2), because C libraries only learnt these names in glibc 2.36.
const cOpenTree = libc.func('syscall', 'long', ['long', 'int', 'const char *', 'unsigned int']);
const cMoveMount = libc.func('syscall', 'long', ['long', 'int', 'const char *', 'int', 'const char *', 'unsigned int']);
const cMountSetattr = libc.func('syscall', 'long', ['long', 'int', 'const char *', 'unsigned int', 'void *', 'size_t']);

/** A system call that failed, in the form of Node.js' own errors. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  /** The symbolic error number, such as `EPERM`. */
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
    super(`${call} failed with ${code}`);
    this.code = code;
  }
}

/** mount(2). @throws {SystemCallError} */
export function mount(source: string, target: string, type: string | null, flags: number, data: string | null): void {
  check('mount(2)', cMount(source, target, type, flags, data));
}

/** umount2(2), which follows no link and is never lazy. @throws {SystemCallError} `EINVAL` where nothing is mounted. */
export function unmount(target: string): void {
  check('umount2(2)', cUmount2(target, UMOUNT_NOFOLLOW));
}

/** The same in a thread of libuv's pool: the kernel has it wait until no processor can still be on a way through the mount. */
export function unmountInBackground(target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    cUmount2.async(target, UMOUNT_NOFOLLOW, (error: unknown, result: number) => {
      try {
        if (error) throw error;
        check('umount2(2)', result);
        resolve();
      } catch (failure) {
        reject(failure);
      }
    });
  });
}

/**
 * Makes a read-only copy of the mount at `source` and only then attaches it at `target` (open_tree(2), mount_setattr(2),
 * move_mount(2)): nobody, in no mount namespace, ever sees it writable.
 * @throws {SystemCallError} `ENOSYS` on kernels before 5.12.
 */
export function bindReadOnly(source: string, target: string): void {
  const tree = check('open_tree(2)', cOpenTree(SYS_OPEN_TREE, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW));
  try {
    // struct mount_attr: attr_set, attr_clr, propagation, userns_fd.
    const attributes = new BigUint64Array([MOUNT_ATTR_RDONLY, 0n, 0n, 0n]);
    check('mount_setattr(2)', cMountSetattr(SYS_MOUNT_SETATTR, tree, '', AT_EMPTY_PATH, attributes, attributes.byteLength));
    check('move_mount(2)', cMoveMount(SYS_MOVE_MOUNT, tree, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
  } finally {
    cClose(tree);
  }
}

/** flock(2), exclusive and without waiting; the lock ends with the last descriptor of what was opened. @throws {SystemCallError} `EAGAIN` where another has it. */
export function lock(descriptor: number): void {
  check('flock(2)', cFlock(descriptor, LOCK_EX | LOCK_NB));
}

/** A descriptor that tells of directories by inotify(7), without waiting. @throws {SystemCallError} `EMFILE` where the user has as many as allowed. */
export function openInotify(): number {
  return check('inotify_init1(2)', cInotifyInit1(IN_NONBLOCK | IN_CLOEXEC));
}

/**
 * Has a directory watched: names that come, go or are moved, its owner and mode; its end is told unasked (IN_IGNORED).
 * @returns the watch, by which its events are told; the same for a directory that is watched already.
 * @throws {SystemCallError} `ENOENT`, `ENOTDIR` where no directory is; `ENOSPC` where the user has as many watches as allowed.
 */
export function watchDirectory(inotify: number, path: string): number {
  const mask = IN_ATTRIB | IN_MOVE | IN_CREATE | IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW;
  return check('inotify_add_watch(2)', cInotifyAddWatch(inotify, path, mask));
}

/** Ends a watch; one that has ended with its directory is fine. */
export function unwatchDirectory(inotify: number, watch: number): void {
  cInotifyRmWatch(inotify, watch);
}

/** Whether the mounts have changed since the last time, told by a descriptor of /proc/self/mountinfo (proc_pid_mounts(5)); also where that cannot be told. */
export function haveMountsChanged(mountTable: number): boolean {
  // struct pollfd: fd, events, revents. POLLERR is told without being asked for.
  const asked = Buffer.alloc(8);
  asked.writeInt32LE(mountTable);
  return cPoll(asked, 1, 0) < 0 || (asked.readInt16LE(6) & POLLERR) !== 0;
}

/** malloc_trim(3): returns what is free to the kernel. Nothing where the C library has no such function (musl). */
export function trimMemory(): void {
  cMallocTrim?.(0);
}

/**
 * madvise(2) with MADV_DONTNEED: unmaps the pages of a range until they are touched again. What was written to a private mapping is lost
 * by it. Nothing where the range is locked.
 */
export function dropPages({ start, bytes }: { readonly start: number; readonly bytes: number }): void {
  cMadvise(start, bytes, MADV_DONTNEED);
}

function optional<Function>(load: () => Function): Function | undefined {
  try {
    return load();
  } catch {
    return undefined;
  }
}

function check(call: string, result: number | bigint): number {
  const value = Number(result);
  if (value < 0) throw new SystemCallError(call, koffi.errno());
  return value;
}
