import { spawnSync } from 'node:child_process';

/** Set in a process that has mount namespaces of its own. */
const INSIDE = 'PODCERT_OWN_MOUNTS';

/** Whether this process may mount without anybody else seeing it. */
export function hasOwnMounts(): boolean {
  return process.env[INSIDE] !== undefined;
}

/**
 * Runs `node ...args` where its mounts are its own and vanish with it: in a mount namespace for root, in a user and a mount
 * namespace for anybody else (unshare(1) of util-linux; user_namespaces(7)).
 * @returns the exit status; 69 (EX_UNAVAILABLE) after saying on standard error what is missing.
 */
export function runWithOwnMounts(args: readonly string[]): number {
  const isRoot = process.getuid?.() === 0;
  const namespaces = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  // What runs inside is told to end when this process is killed, so that it can clean up.
  const isolate = [...namespaces, '--propagation', 'private', '--', 'setpriv', '--pdeathsig', 'TERM'];
  const probe = spawnSync('unshare', [...isolate, 'true'], { encoding: 'utf8' });
  if (probe.error !== undefined || probe.status !== 0) {
    const reason = probe.error === undefined ? probe.stderr.trim() : `unshare cannot be started (${probe.error.message})`;
    process.stderr.write(`${missing(isRoot, reason)}\n`);
    return 69;
  }
  // Ctrl-C reaches both processes: this one waits for the other's end, to pass its status on.
  process.on('SIGINT', () => undefined);
  const child = spawnSync('unshare', [...isolate, process.execPath, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: isRoot ? 'root' : 'user' },
  });
  return child.status ?? 1;
}

function missing(isRoot: boolean, reason: string): string {
  const need = isRoot
    ? 'the capability CAP_SYS_ADMIN (in a container: --privileged, or --cap-add SYS_ADMIN with an unconfined seccomp profile)'
    : 'unprivileged user namespaces (sysctl user.max_user_namespaces above 0; on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0), or root';
  return `Cannot make mounts of our own: ${reason}\nThis needs Linux, unshare(1) and setpriv(1) of util-linux 2.33 or newer, and ${need}.`;
}
