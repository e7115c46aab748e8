import type { AgentEvent } from '../node-agent/events.ts';

/** What memory is given back by, and when. */
export interface SpareMemoryOptions {
  /** Calls something once, when so much time has passed; another one under the same key replaces it. */
  readonly timer: { setIn(key: string, delayMs: number, run: () => void): void };
  /** Lets go of what holds memory and is not needed at rest, such as idle connections; that is gone a moment later. */
  readonly letGo: () => void;
  /** Gives memory back: stops the process for some 50 ms. */
  readonly giveBack: () => void;
}

/** With a colon, which no volume id has: volumes have their entries under their ids. */
const TIMER = 'memory:spare';

/** How many certificates have come or gone since, for the garbage to be worth the while. */
const WORTH = 20;

/** After so many it is not put off any more: a node may never be quiet. */
const MOST = 1_000;

/** Nothing has happened for so long. */
const QUIET_MS = 10_000;

/** After this what was let go is gone. */
const GONE_MS = 1_000;

/** How much garbage an event leaves, in certificates; a start leaves what it took to load the program. */
const WEIGHTS: { readonly [Kind in AgentEvent['kind']]?: number } = { started: WORTH, published: 1, renewed: 1, unpublished: 1 };

/**
 * Gives memory back to the node once a burst is over. V8 collects garbage when it needs room, so a process that rests keeps what its
 * last burst left: half of its memory.
 */
export class SpareMemory {
  readonly #options: SpareMemoryOptions;
  #garbage = 0;

  constructor(options: SpareMemoryOptions) {
    this.#options = options;
  }

  note({ kind }: AgentEvent): void {
    const weight = WEIGHTS[kind];
    if (weight === undefined) return;
    this.#garbage += weight;
    if (this.#garbage < WORTH || this.#garbage > MOST) return;
    const { timer, letGo, giveBack } = this.#options;
    timer.setIn(TIMER, QUIET_MS - GONE_MS, () => {
      timer.setIn(TIMER, GONE_MS, () => {
        this.#garbage = 0;
        giveBack();
      });
      letGo();
    });
  }
}
