import { readFile } from 'node:fs/promises';
import type { Disk } from '../../node-agent/ports.ts';

/** Whose file work hangs, and until when. */
export interface Hold {
  /** Part of the paths concerned, such as a volume id. */
  readonly pathPart: string;
  /** A FIFO: the work goes on once somebody has opened it for writing and closed it again. */
  readonly fifo: string;
}

/** A disk on which the files of one volume hang as on a file system that does not answer: each operation holds a thread of the pool. */
export class HeldDisk {
  readonly disk: Disk;
  hold: Hold | undefined;

  constructor(real: Disk) {
    this.disk = {
      ...real,
      makeDirectory: (path, mode) => this.#after(path, () => real.makeDirectory(path, mode)),
      writeFile: (path, ...rest) => this.#after(path, () => real.writeFile(path, ...rest)),
      symlink: (target, path) => this.#after(path, () => real.symlink(target, path)),
      rename: (from, to) => this.#after(to, () => real.rename(from, to)),
      removeFile: (path) => this.#after(path, () => real.removeFile(path)),
      removeDirectory: (path) => this.#after(path, () => real.removeDirectory(path)),
    };
  }

  async #after(path: string, operation: () => Promise<void>): Promise<void> {
    if (this.hold !== undefined && path.includes(this.hold.pathPart)) await readFile(this.hold.fifo);
    await operation();
  }
}
