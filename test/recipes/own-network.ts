import { execFileSync } from 'node:child_process';
import koffi from 'koffi';

/** linux/sched.h */
const CLONE_NEWNET = 0x40000000;

const unshare = koffi.load(null).func('int unshare(int flags)');

/**
 * Gives this process, and whatever it starts from now on, a network of its own with nothing but a loopback, so that programs may
 * listen on the ports that their documents say, whoever else listens there. What was opened before stays where it was.
 */
export function takeOwnNetwork(): void {
  if (unshare(CLONE_NEWNET) !== 0) throw new Error(`Cannot have a network of our own: errno ${koffi.errno()}`);
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
}
