import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** What the reader's thread is started with. */
export interface ReaderData {
  readonly folder: string;
  /** Numbers at the places below. */
  readonly shared: SharedArrayBuffer;
}

/** What writer and reader share: the writer's second, the second in which the reader's round began, its rounds, whether to stop. */
export const PLACE = { now: 0, roundBeganAt: 1, rounds: 2, stop: 3 } as const;

/** A thread that reads a volume's folder as fast as it can until it is stopped, or until something is wrong. */
export interface SetReader {
  readonly shared: Int32Array;
  /** What was wrong. */
  readonly ended: Promise<string | undefined>;
}

export function startReader(folder: string, second: number): SetReader {
  const buffer = new SharedArrayBuffer(16);
  const shared = new Int32Array(buffer);
  shared[PLACE.now] = shared[PLACE.roundBeganAt] = second;
  const workerData: ReaderData = { folder, shared: buffer };
  const worker = new Worker(new URL('./set-reader-worker.ts', import.meta.url), { workerData });
  return { shared, ended: once(worker, 'message').then(([problem]: (string | undefined)[]) => problem) };
}
