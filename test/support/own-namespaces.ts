import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import koffi from 'koffi';
import { mountsBelow } from './temporary-folder.ts';

/** linux/sched.h */
const CLONE_NEWNS = 0x00020000;
const CLONE_NEWNET = 0x40000000;

const cUnshare = koffi.load(null).func('int unshare(int flags)');

/**
 * Gives this process, and whatever it starts from now on, a network of its own with nothing but a loopback, so that programs may
 * listen on the ports that their documents say, whoever else listens there. What was opened before stays where it was.
 */
export function takeOwnNetwork(): void {
  unshare(CLONE_NEWNET, 'a network');
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
}

/**
 * Gives this thread, and whatever it starts from now on, mounts of its own, of which nobody else's tell anything. What Node.js does in
 * the background stays among those of before.
 */
export function takeOwnMounts(): void {
  unshare(CLONE_NEWNS, 'mounts');
  execFileSync('mount', ['--make-rprivate', '/']);
  // Copies of what others have mounted just now go when their mount points do: any moment, so that one may be gone already.
  for (const path of mountsBelow(tmpdir()).toReversed()) spawnSync('umount', ['--lazy', path]);
}

function unshare(flag: number, what: string): void {
  if (cUnshare(flag) !== 0) throw new Error(`Cannot have ${what} of our own: errno ${koffi.errno()}`);
}
