import type { Disk } from '../../node-agent/ports.ts';

/** Holds up whoever comes to it while it is shut. */
export class Gate {
  #shut: { readonly reached: PromiseWithResolvers<void>; readonly opened: PromiseWithResolvers<void> } | undefined;

  /** Resolves once somebody stands before the gate. */
  shut(): Promise<void> {
    this.#shut = { reached: Promise.withResolvers(), opened: Promise.withResolvers() };
    return this.#shut.reached.promise;
  }

  open(): void {
    this.#shut?.opened.resolve();
    this.#shut = undefined;
  }

  async pass(): Promise<void> {
    this.#shut?.reached.resolve();
    await this.#shut?.opened.promise;
  }
}

/** A disk whose operations of one kind pass a gate first. */
export function gatedDisk(disk: Disk, operation: 'rename' | 'removeDirectory', gate: Gate): Disk {
  return {
    ...disk,
    async [operation](...args: [string, string]) {
      await gate.pass();
      await disk[operation](...args);
    },
  };
}
