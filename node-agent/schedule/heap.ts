interface Entry<Value> {
  readonly key: string;
  readonly dueMs: number;
  /** Grows with every `set`: of entries due at the same millisecond, the one set first comes first. */
  readonly sequence: number;
  readonly value: Value;
}

/** Values by key, the one due first at the top: a binary heap that knows where each key stands, so that every change takes O(log n). */
export class DueHeap<Value> {
  readonly #entries: Entry<Value>[] = [];
  readonly #indexOf = new Map<string, number>();
  #sequence = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** The sequence of the newest entry; `first().sequence` beyond it was set later. */
  get sequence(): number {
    return this.#sequence;
  }

  first(): Entry<Value> | undefined {
    return this.#entries[0];
  }

  get(key: string): Entry<Value> | undefined {
    const index = this.#indexOf.get(key);
    return index === undefined ? undefined : this.#entries[index];
  }

  /** Puts a value under the key, in place of the one before. @throws {RangeError} for an instant that is not a number. */
  set(key: string, dueMs: number, value: Value): void {
    // A NaN compares with nothing and would break the order of all others.
    if (Number.isNaN(dueMs)) throw new RangeError(`Cannot schedule "${key}": the instant is invalid`);
    this.remove(key);
    this.#sequence += 1;
    this.#rise(this.#entries.length, { key, dueMs, sequence: this.#sequence, value });
  }

  /** @returns whether there was such a key. */
  remove(key: string): boolean {
    const index = this.#indexOf.get(key);
    if (index === undefined) return false;
    this.#indexOf.delete(key);
    const last = this.#entries.pop();
    if (last !== undefined && index < this.#entries.length) this.#fall(this.#rise(index, last), last);
    return true;
  }

  /** Moves the hole at `index` up to where `entry` belongs and fills it. @returns where that is. */
  #rise(start: number, entry: Entry<Value>): number {
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#entries[parentIndex];
      if (parent === undefined || isBefore(parent, entry)) break;
      this.#place(index, parent);
      index = parentIndex;
    }
    this.#place(index, entry);
    return index;
  }

  /** Moves the hole at `index` down to where `entry` belongs and fills it. */
  #fall(start: number, entry: Entry<Value>): void {
    let index = start;
    for (;;) {
      const childIndex = this.#firstChild(index);
      const child = this.#entries[childIndex];
      if (child === undefined || isBefore(entry, child)) break;
      this.#place(index, child);
      index = childIndex;
    }
    this.#place(index, entry);
  }

  #firstChild(index: number): number {
    const leftIndex = 2 * index + 1;
    const left = this.#entries[leftIndex];
    const right = this.#entries[leftIndex + 1];
    return left !== undefined && right !== undefined && isBefore(right, left) ? leftIndex + 1 : leftIndex;
  }

  #place(index: number, entry: Entry<Value>): void {
    this.#entries[index] = entry;
    this.#indexOf.set(entry.key, index);
  }
}

function isBefore<Value>(one: Entry<Value>, other: Entry<Value>): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.sequence < other.sequence);
}
