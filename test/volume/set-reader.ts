import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * How a reader reads: two files of the set that it resolved once, or that it holds open; one visible name; one file with both; or two
 * visible names one after the other, which may see two sets.
 */
export type Way = 'set' | 'handle' | 'name' | 'combined' | 'names';

/** What the reader's thread is started with. */
export interface ReaderData {
  /** Of one volume each, in turn. */
  readonly folders: readonly string[];
  /** In turn. */
  readonly ways: readonly Way[];
  /** Whether files tell their generation, or are key and certificate that must match. */
  readonly judge: 'generation' | 'pair';
  /** Numbers at the places below. */
  readonly shared: SharedArrayBuffer;
}

/**
 * What writer and reader share: the writer's second, the second in which the reader's round began, its rounds, whether to stop, and how
 * many rounds by two names saw two sets.
 */
export const PLACE = { now: 0, roundBeganAt: 1, rounds: 2, stop: 3, straddled: 4 } as const;

/** A thread that reads volumes' folders as fast as it can until it is stopped, or until something is wrong. */
export interface SetReader {
  readonly shared: Int32Array;
  /** What was wrong. */
  readonly ended: Promise<string | undefined>;
}

export function startReader(reader: Omit<ReaderData, 'shared'>, second: number): SetReader {
  const buffer = new SharedArrayBuffer(20);
  const shared = new Int32Array(buffer);
  shared[PLACE.now] = shared[PLACE.roundBeganAt] = second;
  const workerData: ReaderData = { ...reader, shared: buffer };
  const worker = new Worker(new URL('./set-reader-worker.ts', import.meta.url), { workerData });
  return { shared, ended: once(worker, 'message').then(([problem]: (string | undefined)[]) => problem) };
}
