import type { VolumeHome } from './home.ts';
import { lookNow } from './look-at.ts';

/** Where something can be added to or taken from a volume: itself, its current set, and its state. */
export function directoriesOf(home: VolumeHome, currentNumber: number | undefined): readonly string[] {
  const set = currentNumber === undefined ? [] : [home.set(currentNumber)];
  return [home.directory, ...set, home.state, home.partsDirectory];
}

/** When something was last added to or taken from directories. Two answers that are the same mean that nothing was. What a file holds is not looked at. */
export function glance(directories: readonly string[]): string {
  return directories.map(changedAt).join(' ');
}

function changedAt(path: string): string {
  try {
    const found = lookNow(path);
    return found === undefined ? 'gone' : `${found.dev}:${found.ino}:${found.ctimeMs}`;
  } catch {
    return 'hidden';
  }
}
