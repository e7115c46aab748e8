import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { VolumeHome } from './home.ts';

/**
 * The only looks at the disk that the process waits for: at its own tmpfs, which never keep anybody waiting, and for many volumes at
 * once, where a look in the background costs five times as much.
 */

/**
 * When something was last added to or taken from the volume, its current set, and its state. Two answers that are the same mean that
 * nothing was. What a file holds is not looked at.
 */
export function glance(home: VolumeHome, currentNumber: number | undefined): string {
  const set = currentNumber === undefined ? [] : [home.set(currentNumber)];
  return [home.directory, ...set, home.state, home.partsDirectory].map(changedAt).join(' ');
}

/** Whether a file system of its own begins at the path, as far as can be seen. */
export function isMounted(path: string): boolean {
  // The slash makes lstat(2) follow a link in place of the parent.
  const [here, parent] = [lookNow(path), lookNow(join(dirname(path), '/'))];
  return here !== undefined && here.dev !== parent?.dev;
}

function changedAt(path: string): string {
  const found = lookNow(path);
  return found === undefined ? 'gone' : `${found.dev}:${found.ino}:${found.ctimeMs}`;
}

function lookNow(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Such as a file in place of a folder.
    return undefined;
  }
}
