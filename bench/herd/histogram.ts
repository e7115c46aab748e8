/** Counts instants in bins of one width, from 0 to an end; what lies beyond the end is left out. */
export class Histogram {
  readonly widthMs: number;
  readonly #bins: Uint32Array;

  constructor(widthMs: number, endMs: number) {
    this.widthMs = widthMs;
    this.#bins = new Uint32Array(Math.floor(endMs / widthMs));
  }

  add(atMs: number): void {
    const index = Math.floor(atMs / this.widthMs);
    if (index < this.#bins.length) this.#bins[index]! += 1;
  }

  /** The counts of the bins that lie wholly in [fromMs, untilMs). */
  counts(fromMs = 0, untilMs = Infinity): Uint32Array {
    return this.#bins.subarray(Math.ceil(fromMs / this.widthMs), Math.min(this.#bins.length, Math.floor(untilMs / this.widthMs)));
  }
}

/** The fullest of some bins. */
export function fullest(counts: Uint32Array): number {
  return counts.reduce((most, count) => Math.max(most, count), 0);
}
