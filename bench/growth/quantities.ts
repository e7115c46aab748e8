import { addedExponentOf, exponentOf, type Point } from './exponent.ts';

/** What was measured at one number of volumes. */
export interface Sample {
  readonly volumes: number;
  /** Of one volume more, one after another: p50 over that of the floor. */
  readonly latency: number;
  /** Milliseconds of processor per second, left alone. */
  readonly idle: number;
  /** Milliseconds of processor for all publishes so far. */
  readonly work: number;
  readonly anonymousBytes: number;
  readonly residentBytes: number;
  /** Of V8's heap, after everything that is dead was collected. */
  readonly heapBytes: number;
  readonly timers: number;
  readonly descriptors: number;
  readonly threads: number;
}

/** One of the things that are measured, and how it may grow. */
export interface Quantity {
  readonly name: string;
  readonly unit: string;
  readonly colour: string;
  readonly of: (sample: Sample) => number;
  /** `constant`: the whole of it must not grow. `linear`: what volumes add may grow as they do. */
  readonly growth: 'constant' | { readonly kind: 'linear'; readonly resolution: number };
}

/** By how much an exponent may miss 0 or 1: from 10 volumes to 5,000 that makes a factor of 1.9. */
const TOLERANCE = 0.1;

const MEGABYTE = 2 ** 20;
/** Whether V8 has collected its garbage makes more of a difference than this. */
const MEMORY = { kind: 'linear', resolution: 1 } as const;

export const QUANTITIES: readonly Quantity[] = [
  { name: 'publish one after another, p50', unit: '× floor', colour: '#36c', of: ({ latency }) => latency, growth: 'constant' },
  { name: 'processor when idle', unit: 'ms/s', colour: '#c33', of: ({ idle }) => idle, growth: 'constant' },
  { name: 'timers', unit: '', colour: '#e80', of: ({ timers }) => timers, growth: 'constant' },
  { name: 'descriptors', unit: '', colour: '#093', of: ({ descriptors }) => descriptors, growth: 'constant' },
  { name: 'threads', unit: '', colour: '#333', of: ({ threads }) => threads, growth: 'constant' },
  { name: 'anonymous memory', unit: 'MB', colour: '#639', of: ({ anonymousBytes }) => anonymousBytes / MEGABYTE, growth: MEMORY },
  { name: 'resident memory', unit: 'MB', colour: '#b6d', of: ({ residentBytes }) => residentBytes / MEGABYTE, growth: MEMORY },
  { name: "V8's heap, alive", unit: 'MB', colour: '#0aa', of: ({ heapBytes }) => heapBytes / MEGABYTE, growth: MEMORY },
  {
    name: 'processor for all publishes',
    unit: 'ms',
    colour: '#840',
    of: ({ work }) => work,
    growth: { kind: 'linear', resolution: 1 },
  },
];

/** How a quantity grew over the samples, smallest first, and what the exponent may be at most. */
export function growthOf({ of, growth }: Quantity, samples: readonly Sample[]): { readonly exponent: number; readonly limit: number } {
  const points: Point[] = samples.map((sample) => ({ volumes: sample.volumes, value: of(sample) }));
  if (growth === 'constant') return { exponent: exponentOf(points), limit: TOLERANCE };
  return { exponent: addedExponentOf(points, growth.resolution), limit: 1 + TOLERANCE };
}
