import { CheckFailed } from './check.ts';

/** Tells the story: one line a step, after its checks have passed. */
export class Narrator {
  readonly #write: (text: string) => void;
  readonly #isVerbose: boolean;
  #chapters = 0;
  #steps = 0;
  #failure: unknown;

  constructor(write: (text: string) => void, isVerbose: boolean) {
    this.#write = write;
    this.#isVerbose = isVerbose;
  }

  /** How many steps have passed. */
  get steps(): number {
    return this.#steps;
  }

  say(text: string): void {
    this.#write(`${text}\n`);
  }

  chapter(title: string): void {
    this.#chapters += 1;
    this.say(`\n${this.#chapters}. ${title}`);
  }

  /**
   * Does one step of the story and tells what was checked, or what was not so.
   * @param work throws where a check fails; what it returns ends the line.
   */
  async step(claim: string, work: () => Promise<string>): Promise<void> {
    try {
      const facts = await work();
      this.#steps += 1;
      this.say(`   ✔ ${claim}: ${facts}`);
    } catch (error) {
      this.fail(error, claim);
      throw error;
    }
  }

  /** Tells of a failure, unless the step that failed has done so. */
  fail(error: unknown, claim = 'The demo cannot go on'): void {
    if (this.#failure !== error) this.say(`   ✘ ${claim}: ${reason(error)}`);
    this.#failure = error;
  }

  /** Lines that belong to the step before. */
  show(lines: readonly string[]): void {
    for (const line of lines) this.say(`       ${line}`);
  }

  /** Told with `--verbose` alone. */
  detail(label: string, text: string): void {
    if (this.#isVerbose)
      this.show(
        text
          .trimEnd()
          .split('\n')
          .map((line) => `${label} | ${line}`),
      );
  }
}

/** A failed check speaks for itself; of anything else the place in the code is worth knowing. */
function reason(error: unknown): string {
  if (error instanceof CheckFailed) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
