/** Lets a fixed number of pieces of work run at a time, first come, first served. */
export interface Slots {
  /**
   * Runs `work` when its turn comes.
   * @throws `signal.reason` as soon as the signal is aborted: before its turn `work` never runs; once it runs, it keeps its
   * slot to its end, and the outcome is dropped.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** How many pieces of work have not had their turn. */
  readonly waiting: number;
  /** How many hold a slot. */
  readonly running: number;
}

/** How much has not had its turn and how much is under way, whenever it is looked at. */
export type Load = Pick<Slots, 'waiting' | 'running'>;

/**
 * Slots for `size` pieces of work.
 * @param freed is told whenever a piece of work has ended and the next one, if any, has begun.
 */
export function createSlots(size: number, freed: () => void = () => {}): Slots {
  // A Set keeps the order of arrival, and lets one who gives up leave from the middle.
  const queue = new Set<() => void>();
  let running = 0;
  const next = () => {
    for (const begin of queue) {
      if (running >= size) return;
      queue.delete(begin);
      running += 1;
      begin();
    }
  };
  return {
    run: (work, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const abandon = () => {
          queue.delete(begin);
          reject(signal.reason);
        };
        const begin = () => {
          const end = work().finally(() => {
            signal.removeEventListener('abort', abandon);
            running -= 1;
            next();
            freed();
          });
          end.then(resolve, reject);
        };
        signal.addEventListener('abort', abandon, { once: true });
        queue.add(begin);
        next();
      }),
    get waiting() {
      return queue.size;
    },
    get running() {
      return running;
    },
  };
}
