import type { KeyObject } from 'node:crypto';
import { MINUTE_MS, type Clock } from '../clock.ts';

/** Spare RSA keys, in memory only. Each is handed out once. */
export interface KeyPool {
  /** Notes that a key of this size is needed, and hands out a spare one if there is one. */
  take(bits: number): KeyObject | undefined;
  put(bits: number, key: KeyObject): void;
  /** The size of which a key should be made next; undefined while the pool holds what it should. */
  wanting(): number | undefined;
  readonly size: number;
}

/** The usual sizes. Others are made when they are asked for: a pod must not make the node search primes of its own fancy in advance. */
const POOLED_BITS: ReadonlySet<number> = new Set([2048, 3072, 4096]);

/** As many pods as a kubelet runs by default (`maxPods`). */
const MAXIMUM_KEYS = 110;

/** What is taken within this time is one burst, such as the rollout of a Deployment. */
const WINDOW_MS = 10 * MINUTE_MS;

/** A pool that keeps of each size as many keys as were taken in the largest burst so far, all together at most 110: none before the first use. */
export function createKeyPool(clock: Clock): KeyPool {
  const shelves = new Map<number, Shelf>();
  const size = () => [...shelves.values()].reduce((sum, { spares }) => sum + spares.length, 0);
  return {
    take(bits) {
      if (!POOLED_BITS.has(bits)) return undefined;
      const shelf = shelves.get(bits) ?? { spares: [], takenAtMs: [], burst: 0 };
      shelves.set(bits, noteTaken(shelf, clock.now().getTime()));
      return shelf.spares.pop();
    },
    put(bits, key) {
      shelves.get(bits)?.spares.push(key);
    },
    wanting() {
      if (size() >= MAXIMUM_KEYS) return undefined;
      return [...shelves].find(([, { spares, burst }]) => spares.length < burst)?.[0];
    },
    get size() {
      return size();
    },
  };
}

interface Shelf {
  readonly spares: KeyObject[];
  readonly takenAtMs: readonly number[];
  /** The largest number of keys taken within one window. */
  readonly burst: number;
}

function noteTaken(shelf: Shelf, nowMs: number): Shelf {
  const recent = shelf.takenAtMs.filter((atMs) => Math.abs(nowMs - atMs) < WINDOW_MS);
  const takenAtMs = [...recent, nowMs].slice(-MAXIMUM_KEYS);
  return { ...shelf, takenAtMs, burst: Math.max(shelf.burst, takenAtMs.length) };
}
