import { UsageFailure } from './failure.ts';
import { parseDuration } from './output/time.ts';

/** The values of one command's flags, read as what they are; the last of several counts, as kubectl has it. */
export class Values {
  readonly #given: ReadonlyMap<string, readonly string[]>;

  constructor(given: ReadonlyMap<string, readonly string[]>) {
    this.#given = given;
  }

  text(name: string): string | undefined {
    return this.#given.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  isSet(name: string, fallback = false): boolean {
    const text = this.text(name);
    return text === undefined ? fallback : text === 'true';
  }

  /** In milliseconds. @throws {UsageFailure} */
  duration(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const ms = parseDuration(text);
    if (ms === undefined || ms <= 0)
      throw new UsageFailure(`--${name}=${JSON.stringify(text)} is no duration`, 'write it like 24h, 1h30m, 90s or 7d');
    return ms;
  }

  /** @throws {UsageFailure} for anything that is not above zero and at most `most`. */
  number(name: string, fallback: number, most: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (!/^\d+(?:\.\d+)?$/.test(text) || value <= 0 || value > most)
      throw new UsageFailure(`--${name}=${JSON.stringify(text)} is out of range`, `write a number above 0, at most ${most}`);
    return value;
  }

  /** A port of TCP. @throws {UsageFailure} */
  port(name: string, fallback: number): number {
    const value = this.number(name, fallback, 65_535);
    if (!Number.isInteger(value))
      throw new UsageFailure(`--${name}=${JSON.stringify(this.text(name))} is no port`, 'write a whole number, at most 65535');
    return value;
  }
}
