import { EventEmitter, once } from 'node:events';
import { CheckFailed } from './check.ts';

/** What to wait for in a feed. */
export interface Expectation<Item, Found> {
  /** For the person who reads that it did not come. */
  readonly what: string;
  /** Makes something of the item that is waited for, and undefined of any other. */
  readonly pick: (item: Item) => Found | undefined;
  /** The first item to look at: 0, the oldest, unless given. */
  readonly from?: number;
  readonly withinMs: number;
}

/** What a child process tells, in order and kept, so that nothing is missed by whoever asks late. */
export class Feed<Item> {
  readonly #items: Item[] = [];
  readonly #changes = new EventEmitter();
  #ended: string | undefined;

  get items(): readonly Item[] {
    return this.#items;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#changes.emit('change');
  }

  /** Nothing more comes. @param why for those who still wait. */
  end(why: string): void {
    this.#ended ??= why;
    this.#changes.emit('change');
  }

  /** @throws {CheckFailed} when the feed ends or time runs out first. */
  async expect<Found>({ what, pick, from = 0, withinMs }: Expectation<Item, Found>): Promise<Found> {
    const deadline = AbortSignal.timeout(withinMs);
    for (let looked = from; ;) {
      for (const item of this.#items.slice(looked)) {
        looked += 1;
        const found = pick(item);
        if (found !== undefined) return found;
      }
      if (this.#ended !== undefined) throw new CheckFailed(`${what} did not come: ${this.#ended}`);
      await once(this.#changes, 'change', { signal: deadline }).catch(() => {
        throw new CheckFailed(`${what} did not come within ${withinMs / 1_000} s`);
      });
    }
  }
}
