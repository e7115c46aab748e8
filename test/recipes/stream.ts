import { Feed } from '../../demo/feed.ts';

/** How a request ended: with what was wanted of it, or not. */
export interface Outcome {
  readonly isGood: boolean;
  /** What somebody should read who finds that it is not good. */
  readonly what: string;
  /** The certificate of whoever answered, where that is known. */
  readonly serial?: string;
}

/** Requests one after another, as many at a time as there are workers, until it is disposed of. */
export class Stream implements AsyncDisposable {
  readonly outcomes = new Feed<Outcome>();
  readonly #workers: readonly Promise<void>[];
  #isOver = false;

  constructor(workers: number, ask: () => Promise<Outcome>) {
    this.#workers = Array.from({ length: workers }, async () => {
      while (!this.#isOver) this.outcomes.push(await ask().catch((error: Error) => ({ isGood: false, what: String(error) })));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }
}

export function isGood(outcome: Outcome): Outcome | undefined {
  return outcome.isGood ? outcome : undefined;
}

/** What went wrong, if anything did. */
export function failuresIn(outcomes: Feed<Outcome>, from = 0): readonly string[] {
  return outcomes.items.slice(from).flatMap(({ isGood, what }) => (isGood ? [] : [what]));
}
