import { join } from 'node:path';
import { linkTarget } from './home.ts';
import type { VolumeHome } from './home.ts';
import { readLink, readText } from './look-at.ts';

/** What the pod sees under a name: a link through `..data`, as all file sets have it, and no other. @throws an `Error` as {@link readText}. */
export function readVisible(home: VolumeHome, name: string): string {
  if (readLink(home.visible(name)) !== linkTarget(name)) throw new Error('no file of the set');
  return readText(join(home.directory, readLink(home.data), name));
}
