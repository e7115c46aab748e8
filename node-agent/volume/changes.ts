import { closeSync, openSync, readFileSync } from 'node:fs';
import type { VolumeId } from '../volume-id.ts';
import { Inotify } from './inotify.ts';
import { haveMountsChanged } from './kernel.ts';
import { MOUNT_TABLE } from './mount-table.ts';

/** The limit is root's, on the whole node: kubelet and others must have theirs (inotify(7)). */
const WATCHES_LIMIT = '/proc/sys/fs/inotify/max_user_watches';
const OUR_SHARE = 1 / 4;

/** What tells of changes in the kernel. */
interface Sources {
  readonly mountTable: number;
  readonly inotify: Inotify;
  /** The watch of the data root, in which nobody but us does anything; absent where there is no room for it. */
  readonly root: number | undefined;
}

/**
 * Which volumes have to be looked at, since something changed in their directories or in the mounts: to ask costs as much with
 * thousands of volumes as with one. A volume that is not watched, or cannot be, has to be looked at each time.
 */
export class Changes {
  #sources: Sources | undefined;
  #mostWatches = 0;
  readonly #unwatched = new Set<VolumeId>();
  /** The watches of all others. */
  readonly #watches = new Map<VolumeId, readonly number[]>();
  /** Whose a watch is. */
  readonly #owners = new Map<number, VolumeId>();

  /**
   * Begins to be told of changes.
   * @param root the data root.
   * @param mostWatches how many watches the volumes may take.
   * @throws an `Error` with the `code` of open(2).
   */
  open(root: string, mostWatches = ourShare()): void {
    const mountTable = openSync(MOUNT_TABLE, 'r');
    const inotify = new Inotify();
    this.#sources = { mountTable, inotify, root: inotify.watch(root) };
    this.#mostWatches = mostWatches;
  }

  /** Has these directories of a volume watched from now on; before they are looked at, so that no change is missed. */
  watch(volumeId: VolumeId, directories: readonly string[]): void {
    this.forget(volumeId);
    const isRoom = this.#owners.size + directories.length <= this.#mostWatches;
    const watches = isRoom ? directories.flatMap((directory) => this.#sources?.inotify.watch(directory) ?? []) : [];
    this.#watches.set(volumeId, watches);
    for (const watch of watches) this.#owners.set(watch, volumeId);
    if (watches.length < directories.length) this.unwatch(volumeId);
  }

  /** Has a volume looked at each time, until it is watched. */
  unwatch(volumeId: VolumeId): void {
    this.forget(volumeId);
    this.#unwatched.add(volumeId);
  }

  /** Nobody looks at the volume any more. */
  forget(volumeId: VolumeId): void {
    for (const watch of this.#watches.get(volumeId) ?? []) {
      this.#sources?.inotify.unwatch(watch);
      this.#owners.delete(watch);
    }
    this.#watches.delete(volumeId);
    this.#unwatched.delete(volumeId);
  }

  /** The volumes to be looked at since the last time, or all. */
  take(): Iterable<VolumeId> | 'all' {
    if (this.#sources === undefined) return 'all';
    const { mountTable, inotify, root } = this.#sources;
    // Each tells once, so both are asked.
    const [haveMounts, changed] = [haveMountsChanged(mountTable), inotify.changed()];
    if (haveMounts || changed === 'all' || root === undefined || changed.has(root)) return 'all';
    return new Set([...this.#unwatched, ...[...changed].flatMap((watch) => this.#owners.get(watch) ?? [])]);
  }

  close(): void {
    if (this.#sources === undefined) return;
    closeSync(this.#sources.mountTable);
    this.#sources.inotify.close();
    this.#sources = undefined;
  }
}

function ourShare(): number {
  return Number(readFileSync(WATCHES_LIMIT, 'utf8')) * OUR_SHARE;
}
