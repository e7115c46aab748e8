import { closeSync, openSync, readSync } from 'node:fs';
import type { VolumeId } from '../volume-id.ts';
import { codeOf } from './errno.ts';
import { haveMountsChanged, openInotify, watchDirectory } from './kernel.ts';

/** Some thousand events are read in one call. */
const BUFFER_BYTES = 64 * 1024;

/** struct inotify_event of inotify(7) without the name: wd, mask, cookie, len. */
const HEADER_BYTES = 16;
const IN_Q_OVERFLOW = 0x4000;

/** What tells of changes in the kernel. */
interface Sources {
  readonly mountTable: number;
  /** Absent where the user has as many as allowed. */
  readonly inotify: number | undefined;
}

/**
 * Which volumes have to be looked at, since something changed in their directories or in the mounts: to ask costs as much with
 * thousands of volumes as with one. Where the kernel has no room to watch a volume, that one has to be looked at each time.
 */
export class Changes {
  #sources: Sources | undefined;
  /** Of the volumes that are watched, and whose each of them is. */
  readonly #watches = new Map<VolumeId, readonly number[]>();
  readonly #owners = new Map<number, VolumeId>();
  readonly #unwatched = new Set<VolumeId>();
  #marked = new Set<VolumeId>();

  /** Begins to be told of changes. @throws an `Error` with the `code` of open(2). */
  open(): void {
    this.#sources = { mountTable: openSync('/proc/self/mountinfo', 'r'), inotify: tryOpenInotify() };
  }

  /** Has these directories of a volume watched from now on; before they are looked at, so that no change is missed. */
  watch(volumeId: VolumeId, directories: readonly string[]): void {
    this.#unwatch(volumeId);
    const watches = tryWatchAll(this.#sources?.inotify, directories);
    if (watches === undefined) {
      this.#unwatched.add(volumeId);
      return;
    }
    this.#watches.set(volumeId, watches);
    for (const watch of watches) this.#owners.set(watch, volumeId);
  }

  /** Has a volume looked at the next time, whatever happens. */
  mark(volumeId: VolumeId): void {
    this.#marked.add(volumeId);
  }

  /** Nothing is left of a volume. */
  forget(volumeId: VolumeId): void {
    this.#unwatch(volumeId);
    this.#marked.delete(volumeId);
  }

  /** The volumes to be looked at since the last time, or all. */
  take(): Iterable<VolumeId> | 'all' {
    if (this.#sources === undefined) return 'all';
    const { mountTable, inotify } = this.#sources;
    const marked = this.#marked;
    this.#marked = new Set();
    // Each tells once, so both are asked.
    const changed = inotify === undefined ? [] : this.#changedSince(inotify);
    return haveMountsChanged(mountTable) || changed === 'all' ? 'all' : new Set([...this.#unwatched, ...marked, ...changed]);
  }

  close(): void {
    if (this.#sources === undefined) return;
    const { mountTable, inotify } = this.#sources;
    this.#sources = undefined;
    closeSync(mountTable);
    if (inotify !== undefined) closeSync(inotify);
  }

  /** In the kernel, each watch ends with its directory. */
  #unwatch(volumeId: VolumeId): void {
    for (const watch of this.#watches.get(volumeId) ?? []) this.#owners.delete(watch);
    this.#watches.delete(volumeId);
    this.#unwatched.delete(volumeId);
  }

  #changedSince(inotify: number): Iterable<VolumeId> | 'all' {
    const changed = new Set<VolumeId>();
    let isAll = false;
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    for (let length = read(inotify, buffer); length > 0; length = read(inotify, buffer)) {
      for (let at = 0; at < length; at += HEADER_BYTES + buffer.readUInt32LE(at + 12)) {
        isAll ||= (buffer.readUInt32LE(at + 4) & IN_Q_OVERFLOW) !== 0;
        const owner = this.#owners.get(buffer.readInt32LE(at));
        if (owner !== undefined) changed.add(owner);
      }
    }
    return isAll ? 'all' : changed;
  }
}

function tryOpenInotify(): number | undefined {
  try {
    return openInotify();
  } catch {
    return undefined;
  }
}

/** @returns undefined where one of the directories is missing, or the kernel has no room. */
function tryWatchAll(inotify: number | undefined, directories: readonly string[]): readonly number[] | undefined {
  if (inotify === undefined) return undefined;
  try {
    return directories.map((directory) => watchDirectory(inotify, directory));
  } catch {
    return undefined;
  }
}

/** @returns 0 where there is nothing to read. */
function read(inotify: number, buffer: Buffer): number {
  try {
    return readSync(inotify, buffer);
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return 0;
    throw error;
  }
}
