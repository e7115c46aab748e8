import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

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
