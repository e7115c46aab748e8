/** Keeps the lines of a log, and lets a test wait for one. */
export class RecordedLines {
  readonly all: string[] = [];
  readonly #awaiting = new Set<(line: string) => void>();

  add(line: string): void {
    this.all.push(line);
    for (const tell of this.#awaiting) tell(line);
  }

  /** Resolves with the first line that matches, which may be there already. */
  untilLogged(pattern: RegExp): Promise<string> {
    const found = this.all.find((line) => pattern.test(line));
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => {
      const look = (line: string) => {
        if (!pattern.test(line)) return;
        this.#awaiting.delete(look);
        resolve(line);
      };
      this.#awaiting.add(look);
    });
  }
}
