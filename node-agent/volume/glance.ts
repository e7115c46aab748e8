import type { VolumeHome } from './home.ts';
import { lookNow } from './look-at.ts';

/**
 * When something was last added to or taken from the volume, its current set, and its state. Two answers that are the same mean that
 * nothing was. What a file holds is not looked at.
 */
export function glance(home: VolumeHome, currentNumber: number | undefined): string {
  const set = currentNumber === undefined ? [] : [home.set(currentNumber)];
  return [home.directory, ...set, home.state, home.partsDirectory].map(changedAt).join(' ');
}

function changedAt(path: string): string {
  try {
    const found = lookNow(path);
    return found === undefined ? 'gone' : `${found.dev}:${found.ino}:${found.ctimeMs}`;
  } catch {
    return 'hidden';
  }
}
