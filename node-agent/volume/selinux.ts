import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SelinuxLabel } from '../selinux-label.ts';

/**
 * Whether the kernel labels by SELinux. The file system of SELinux is mounted on the host, seldom in a container, so the kernel's own list
 * of those it has (proc_filesystems(5)) is asked too: it names selinuxfs only where SELinux was not turned off at boot.
 * @param root what is read below, for tests.
 */
export async function hasSelinux(root = '/'): Promise<boolean> {
  const known = await readFile(join(root, 'proc/filesystems'), 'utf8').catch(() => '');
  if (/\bselinuxfs$/m.test(known)) return true;
  return access(join(root, 'sys/fs/selinux/enforce')).then(
    () => true,
    () => false,
  );
}

/** What a volume is labelled: what its call asks for, else what the driver is told to; undefined leaves it to the policy. */
export function labelOf(asked: string | undefined, own: string | undefined): SelinuxLabel | undefined {
  if (asked !== undefined) return { text: asked, setBy: 'mount_flags' };
  return own === undefined ? undefined : { text: own, setBy: '--selinux-context' };
}
