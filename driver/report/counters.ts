import type { Family, Labels, Sample } from './exposition.ts';
import { familyOf, type MetricName } from './metric-table.ts';

/** Counts that only grow, one for each combination of label values; those must come from a fixed set, or memory grows for ever. */
export class Counter {
  readonly #name: MetricName;
  readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();

  /** `known` are the combinations that show 0 from the start: a rate needs the step from 0 to 1. */
  constructor(name: MetricName, known: readonly Labels[] = []) {
    this.#name = name;
    for (const labels of known) this.add(labels, 0);
  }

  add(labels: Labels, amount = 1): void {
    const key = JSON.stringify(labels);
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { labels, value: amount });
    else count.value += amount;
  }

  family(): Family {
    const samples = [...this.#counts.values()].map(({ labels, value }) => ({ labels, value }));
    return familyOf(this.#name, samples);
  }
}

interface Distribution {
  readonly labels: Labels;
  /** How many fell into each bucket alone; the last is for what is above all bounds. */
  readonly counts: number[];
  sum: number;
}

/** How values are distributed over buckets, for each combination of label values, of which the same holds as for a counter. */
export class Histogram {
  readonly #name: MetricName;
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  /** `bounds` are the buckets' inclusive upper bounds, ascending; one without a bound is added. `known` as for a counter. */
  constructor(name: MetricName, bounds: readonly number[], known: readonly Labels[] = []) {
    this.#name = name;
    this.#bounds = [...bounds, Infinity];
    for (const labels of known) this.#of(labels);
  }

  observe(labels: Labels, value: number): void {
    const distribution = this.#of(labels);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
    distribution.sum += value;
  }

  family(): Family {
    const samples = [...this.#distributions.values()].flatMap((distribution) => this.#samples(distribution));
    return familyOf(this.#name, samples);
  }

  #of(labels: Labels): Distribution {
    const key = JSON.stringify(labels);
    const distribution = this.#distributions.get(key) ?? { labels, counts: this.#bounds.map(() => 0), sum: 0 };
    this.#distributions.set(key, distribution);
    return distribution;
  }

  #samples({ labels, counts, sum }: Distribution): Sample[] {
    let count = 0;
    const buckets = this.#bounds.map((bound, index): Sample => {
      count += counts[index] ?? 0;
      return { suffix: '_bucket', labels: { ...labels, le: writeBound(bound) }, value: count };
    });
    return [...buckets, { suffix: '_count', labels, value: count }, { suffix: '_sum', labels, value: sum }];
  }
}

/** OpenMetrics wants `1.0`; both formats then write the same series. */
function writeBound(bound: number): string {
  if (bound === Infinity) return '+Inf';
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}
