import type { KeyObject } from 'node:crypto';
import { MINUTE_MS, type Clock } from '../clock.ts';
import type { KeyStatus } from '../ports.ts';
import { createSlots, type Slots } from '../slots.ts';
import type { KeySpec } from '../wanted.ts';
import { createKeyPool, type KeyPool } from './key-pool.ts';
import { generatePrivateKey, isQuick } from './private-key.ts';

/** Where new private keys come from. */
export interface KeySource {
  /** A new private key. @throws `signal.reason` as soon as the signal is aborted. */
  make(spec: KeySpec, signal: AbortSignal): Promise<KeyObject>;
  /** Begins to keep spare keys, until the signal is aborted. */
  start(signal: AbortSignal): void;
  /** For gauges. */
  status(): KeyStatus;
}

/** Each generation holds one of the four threads of libuv's pool, which unmounts and looks at targets need as well. */
const AT_A_TIME = 2;

/** A burst of pods needs the processors itself: nothing is made in advance until no key was asked for within so long. */
const QUIET_MS = 3_000;

/** After so many of these times it is, since keys may be asked for all the time. */
const MOST_RESTS = 10;

/** While filling up, rest four times as long as the last key took: a fifth of one core. */
const REST_FACTOR = 4;
const SHORTEST_REST_MS = 100;

/** A source that makes two keys at a time, but those that are quick at once, and, once it is started, keeps RSA keys spare for as large a burst as it has seen. */
export function createKeySource({ clock }: { readonly clock: Clock }): KeySource {
  const pool = createKeyPool(clock);
  let changed = Promise.withResolvers<void>();
  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const slots = createSlots(AT_A_TIME, tell);
  let asked = 0;
  return {
    async make(spec, signal) {
      signal.throwIfAborted();
      asked += 1;
      const spare = spec.algorithm === 'RSA' ? pool.take(spec.bits) : undefined;
      tell();
      if (spare !== undefined) return spare;
      return isQuick(spec) ? generatePrivateKey(spec) : slots.run(() => generatePrivateKey(spec), signal);
    },
    start(signal) {
      signal.addEventListener('abort', tell, { once: true });
      // A key that cannot be made fails for its caller too, who can say so; the pool is for speed only.
      void fill({ pool, slots, clock, asked: () => asked, next: () => changed.promise }, signal).catch(() => undefined);
    },
    status: () => ({ waiting: slots.waiting, generating: slots.running, spares: pool.size }),
  };
}

interface Filling {
  readonly pool: KeyPool;
  readonly slots: Slots;
  readonly clock: Clock;
  /** How often `make` was called. */
  readonly asked: () => number;
  /** Resolves at the next call of `make`, end of a generation, or abort. */
  readonly next: () => Promise<void>;
}

async function fill({ pool, slots, clock, asked, next }: Filling, signal: AbortSignal): Promise<void> {
  let [seen, rests] = [0, 0];
  while (!signal.aborted) {
    const bits = pool.wanting();
    if (bits === undefined) rests = 0;
    if (bits === undefined || slots.running > 0) {
      await next();
      continue;
    }
    if (seen !== asked() && rests < MOST_RESTS) {
      [seen, rests] = [asked(), rests + 1];
      await clock.sleep(QUIET_MS, signal);
      continue;
    }
    const startedAt = clock.now();
    pool.put(bits, await slots.run(() => generatePrivateKey({ algorithm: 'RSA', bits, encoding: 'PKCS8' }), signal));
    const tookMs = clock.now().getTime() - startedAt.getTime();
    // Bounded, since the clock may have jumped.
    await clock.sleep(Math.min(Math.max(REST_FACTOR * tookMs, SHORTEST_REST_MS), MINUTE_MS), signal);
  }
}
