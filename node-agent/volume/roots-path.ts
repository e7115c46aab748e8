import { dirname, join, resolve, sep } from 'node:path';
import { lookNow, readLink, readText } from './look-at.ts';

/** As many links as the kernel follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

/** The uid that stands for all users outside a user namespace (user_namespaces(7)). */
const UNMAPPED = 65_534;

const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;

/**
 * Why somebody else than root could put something in the place of a directory, such as a link: a step of the way to it, links included,
 * below the root directory is not root's alone. sshd judges the files of users like this (sshd_config(5), `StrictModes`).
 * Looks at once: the directory is the data root, or what a path lies in that was looked at.
 * @returns undefined where nobody could.
 * @throws {AgentError} `disk-failed` where a part of the way cannot be looked at.
 */
export function whyNotRoots(directory: string): string | undefined {
  let [path, links] = [directory, 0];
  for (let end = 0; end !== -1;) {
    end = path.indexOf(sep, end + 1);
    const step = end === -1 ? path : path.slice(0, end);
    const found = lookNow(step);
    if (found === undefined) return `${JSON.stringify(step)} is not there`;
    if (found.uid !== 0 && !(found.uid === UNMAPPED && isInUserNamespace())) {
      return `${JSON.stringify(step)} belongs to user ${found.uid}`;
    }
    if (found.isSymbolicLink()) {
      if ((links += 1) > MOST_LINKS) return `${JSON.stringify(directory)} leads through too many links`;
      path = join(resolve(dirname(step), readLink(step)), path.slice(step.length));
      end = 0;
    } else if (isWritableByOthers(found)) {
      return `${JSON.stringify(step)} can be written by others than root`;
    }
  }
  return undefined;
}

/** In a sticky directory nobody can rename what is root's (chmod(1)). */
function isWritableByOthers({ mode, gid }: { readonly mode: number; readonly gid: number }): boolean {
  const others = (mode & WRITABLE_BY_OTHERS) !== 0 || ((mode & WRITABLE_BY_GROUP) !== 0 && gid !== 0);
  return others && (mode & STICKY) === 0;
}

/** Whether root is an ordinary user of the machine, who does not see what belongs to its root. */
function isInUserNamespace(): boolean {
  return !/^\s+0\s+0\s+4294967295$/m.test(readText('/proc/self/uid_map'));
}
