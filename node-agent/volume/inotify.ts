import { closeSync, readSync } from 'node:fs';
import { codeOf } from './errno.ts';
import { openInotify, unwatchDirectory, watchDirectory } from './kernel.ts';

/** Some thousand events are read in one call. */
const BUFFER_BYTES = 64 * 1024;

/** struct inotify_event without the name: wd, mask, cookie, len. */
const HEADER_BYTES = 16;
const IN_Q_OVERFLOW = 0x4000;

/** Has the kernel tell in which directories something changed (inotify(7)). Nothing can be watched where root has all the instances that it may have. */
export class Inotify {
  readonly #descriptor = tryOpen();
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

  /** @returns the watch; undefined where no directory is, or root has all the watches that it may have. */
  watch(directory: string): number | undefined {
    if (this.#descriptor === undefined) return undefined;
    try {
      return watchDirectory(this.#descriptor, directory);
    } catch {
      return undefined;
    }
  }

  /** Ends a watch, which may have ended with its directory. */
  unwatch(watch: number): void {
    if (this.#descriptor !== undefined) unwatchDirectory(this.#descriptor, watch);
  }

  /** The watches of whose directories something was told since the last time, or all, where more was than the kernel keeps. */
  changed(): ReadonlySet<number> | 'all' {
    const changed = new Set<number>();
    if (this.#descriptor === undefined) return changed;
    const buffer = this.#buffer;
    let isAll = false;
    for (let length = read(this.#descriptor, buffer); length > 0; length = read(this.#descriptor, buffer)) {
      for (let at = 0; at < length; at += HEADER_BYTES + buffer.readUInt32LE(at + 12)) {
        isAll ||= (buffer.readUInt32LE(at + 4) & IN_Q_OVERFLOW) !== 0;
        changed.add(buffer.readInt32LE(at));
      }
    }
    return isAll ? 'all' : changed;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}

function tryOpen(): number | undefined {
  try {
    return openInotify();
  } catch {
    return undefined;
  }
}

/** @returns 0 where there is nothing to read. */
function read(descriptor: number, buffer: Buffer): number {
  try {
    return readSync(descriptor, buffer);
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return 0;
    throw error;
  }
}
