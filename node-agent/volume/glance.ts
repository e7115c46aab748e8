import { lstatSync } from 'node:fs';
import type { VolumeHome } from './home.ts';

/**
 * When something was last added to or taken from the volume, its current set, and its state. Two answers that are the same mean that
 * nothing was. What a file holds is not looked at.
 */
export function glance(home: VolumeHome, currentNumber: number | undefined): string {
  const set = currentNumber === undefined ? [] : [home.set(currentNumber)];
  return [home.directory, ...set, home.state, home.partsDirectory].map(changedAt).join(' ');
}

function changedAt(path: string): string {
  const found = lookNow(path);
  return found === undefined ? 'gone' : `${found.dev}:${found.ino}:${found.ctimeMs}`;
}

/**
 * lstat(2), or undefined where nothing can be seen. The only look at the disk that the process waits for: at its own tmpfs, which never
 * keep anybody waiting, and at many volumes at once, where a look in the background costs five times as much.
 */
export function lookNow(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Such as a file in place of a folder.
    return undefined;
  }
}
