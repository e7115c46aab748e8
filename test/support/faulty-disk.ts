import type { Disk } from '../../node-agent/ports.ts';

/** Whether an operation is about to begin or has just been done. */
export type Moment = 'before' | 'after';

/** What was done, and where: a rename by its source, a link and a bind by the path where they appear. */
export interface Operation {
  readonly name: keyof Disk;
  readonly path: string;
}

/** What goes wrong at the `at`-th operation counted from 1, the operation not done (`before`) or done (`after`). */
export interface Fault {
  readonly at: number;
  readonly moment: Moment;
  /** Every later operation goes wrong as well, until the disk is armed anew; default: only this one. */
  readonly lasts?: boolean;
  /** Kills the process, or throws what the disk would; told which operation it is, such as `unmount`. One that takes its time waits for a promise. */
  readonly strike: (operation: keyof Disk) => void | Promise<void>;
}

/** A disk that does as told until a fault strikes. It counts every call, so that a new step of the agent is struck unasked. */
export class FaultyDisk {
  readonly disk: Disk;
  /** The operations since the last `arm`, in order. */
  #operations: Operation[] = [];
  #fault: Fault | undefined;

  constructor(real: Disk) {
    this.disk = {
      makeDirectory: (...args) => this.#later('makeDirectory', args[0], () => real.makeDirectory(...args)),
      writeFile: (...args) => this.#later('writeFile', args[0], () => real.writeFile(...args)),
      symlink: (...args) => this.#later('symlink', args[1], () => real.symlink(...args)),
      rename: (...args) => this.#later('rename', args[0], () => real.rename(...args)),
      removeFile: (...args) => this.#later('removeFile', args[0], () => real.removeFile(...args)),
      removeDirectory: (...args) => this.#later('removeDirectory', args[0], () => real.removeDirectory(...args)),
      mountTmpfs: (...args) => this.#now('mountTmpfs', args[0], () => real.mountTmpfs(...args)),
      bindReadOnly: (...args) => this.#now('bindReadOnly', args[1], () => real.bindReadOnly(...args)),
      unmount: (...args) => this.#later('unmount', args[0], () => real.unmount(...args)),
      lock: (...args) => this.#now('lock', args[0], () => real.lock(...args)),
      mountTable: (...args) => this.#later('mountTable', '', () => real.mountTable(...args)),
    };
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Counts from zero again; without a fault it only counts. */
  arm(fault?: Fault): void {
    this.#operations = [];
    this.#fault = fault;
  }

  async #later<Result>(name: keyof Disk, path: string, operation: () => Promise<Result>): Promise<Result> {
    const number = this.#operations.push({ name, path });
    await this.#strike(number, 'before', name);
    const result = await operation();
    await this.#strike(number, 'after', name);
    return result;
  }

  #now<Result>(name: keyof Disk, path: string, operation: () => Result): Result {
    const number = this.#operations.push({ name, path });
    void this.#strike(number, 'before', name);
    const result = operation();
    void this.#strike(number, 'after', name);
    return result;
  }

  #strike(number: number, moment: Moment, name: keyof Disk): void | Promise<void> {
    const fault = this.#fault;
    if (fault === undefined || fault.moment !== moment) return undefined;
    return number === fault.at || (fault.lasts === true && number > fault.at) ? fault.strike(name) : undefined;
  }
}
