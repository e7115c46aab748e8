import type { FileSet } from '../contents.ts';
import { AgentError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import { codeOf } from './errno.ts';
import { encodeGeneration } from './generation.ts';
import type { Generation } from './generation.ts';
import { linkTarget, parsePartsName, parseSetName, setName } from './home.ts';
import type { VolumeHome } from './home.ts';
import { linkAt, listing, lookNow, readLink } from './look-at.ts';
import { removeTree } from './remove-tree.ts';

/**
 * The atomic file sets of one volume. A set is written whole under a name nobody reads, then one rename(2) of `..data` makes
 * it current; the names that a pod opens are links through `..data`, so all files change together.
 */
export class VolumeFiles {
  readonly #disk: Disk;
  readonly #home: VolumeHome;
  /** When each set that is still there stopped being current. */
  readonly #replacedAt = new Map<number, Date>();

  constructor(disk: Disk, home: VolumeHome) {
    this.#disk = disk;
    this.#home = home;
  }

  /** Writes the parts and the set under a number that {@link nextNumber} gave; nobody sees them yet. */
  async stage(generation: Generation, files: FileSet, group: number | undefined): Promise<void> {
    const { number } = generation;
    await this.#disk.writeFile(this.#home.parts(number), encodeGeneration(generation), 0o600);
    await this.#disk.makeDirectory(this.#home.set(number), 0o755);
    for (const { name, content, mode } of files) {
      await this.#disk.writeFile(this.#home.file(number, name), content, mode, group);
    }
    await this.#linkNames(files);
  }

  /** Makes a staged set current: the commit point of every change. */
  async swap(number: number): Promise<void> {
    await removeTree(this.#disk, this.#home.nextData);
    await this.#disk.symlink(setName(number), this.#home.nextData);
    // rename(2) replaces a link, but no directory, which only somebody else can have put there.
    if (isDirectory(this.#home.data)) await removeTree(this.#disk, this.#home.data);
    await this.#disk.rename(this.#home.nextData, this.#home.data);
  }

  /**
   * Removes sets that no reader can still be reading: the one before `current` stays, and any that was replaced less than
   * `graceMs` ago. Their parts go at once. Call after each swap.
   * @throws the first failure, once all sets were tried: one that is stuck must not let the others fill the volume.
   */
  async prune(current: number, now: Date, graceMs: number): Promise<void> {
    const failures: unknown[] = [];
    for (const number of this.#sets()) {
      if (number === current) continue;
      const replacedAt = this.#replacedAt.get(number) ?? now;
      this.#replacedAt.set(number, replacedAt);
      const isNeeded = number < current && (number === current - 1 || now.getTime() - replacedAt.getTime() < graceMs);
      const removed = isNeeded ? removeTree(this.#disk, this.#home.parts(number)) : this.#remove(number);
      await removed.catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** The same before a new set is written. */
  async makeRoom(now: Date, graceMs: number): Promise<void> {
    const current = currentSet(this.#home);
    if (current !== undefined) await this.prune(current, now, graceMs);
  }

  /** Removes a set that was not to be after all. One that is current stays, whatever the disk said of the swap. */
  async discard(number: number): Promise<void> {
    if (currentSet(this.#home) !== number) await this.#remove(number);
  }

  /** Removes one set and its parts, key first; one that is not there is fine. */
  async #remove(number: number): Promise<void> {
    await removeTree(this.#disk, this.#home.parts(number));
    for (const set of this.#directories(number)) await removeTree(this.#disk, set);
    this.#replacedAt.delete(number);
  }

  /** Where the set is: its one directory, or all that another driver named by the time. */
  #directories(number: number): readonly string[] {
    const names = listing(this.#home.directory).filter((name) => parseSetName(name) === number);
    return names.map((name) => this.#home.visible(name));
  }

  /** A number that nothing in the volume has, above all that are there. */
  nextNumber(): number {
    return Math.max(0, ...this.#sets()) + 1;
  }

  /** The numbers that have a set or parts. */
  #sets(): Set<number> {
    const sets = listing(this.#home.directory).map(parseSetName);
    const parts = listing(this.#home.partsDirectory).map(parsePartsName);
    return new Set([...sets, ...parts].filter((number) => number !== undefined));
  }

  async #linkNames(files: FileSet): Promise<void> {
    const present = new Set(listing(this.#home.directory));
    for (const { name } of files) {
      const visible = this.#home.visible(name);
      if (present.has(name)) {
        if (linkAt(visible) === linkTarget(name)) continue;
        await removeTree(this.#disk, visible);
      }
      await this.#disk.symlink(linkTarget(name), visible);
    }
  }
}

/** The number of the set that `..data` names, or undefined where there is none. @throws {AgentError} `state-corrupt` where it is no link. */
export function currentSet(home: VolumeHome): number | undefined {
  try {
    return parseSetName(readLink(home.data));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new AgentError(
      'state-corrupt',
      `Cannot tell which file set of volume "${home.volumeId}" is current: ${JSON.stringify(home.data)} is no link`,
      { cause },
    );
  }
}

/** Makes a directory where none is; one that is there stays as it is. @throws {AgentError} as {@link Disk}, also where a link is in its place. */
export async function ensureDirectory(disk: Disk, path: string, mode: number): Promise<void> {
  if (isDirectory(path)) return;
  try {
    await disk.makeDirectory(path, mode);
  } catch (error) {
    // Two drivers may start at once on a new data root, of which only one gets the lock: the other one was quicker with this.
    if (!(error instanceof AgentError && codeOf(error.cause) === 'EEXIST' && isDirectory(path))) throw error;
  }
}

function isDirectory(path: string): boolean {
  return lookNow(path)?.isDirectory() === true;
}
