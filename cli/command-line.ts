import { UsageFailure } from './failure.ts';
import type { FlagTable } from './flags.ts';
import { nearest } from './nearest.ts';

/** A command line taken apart. */
export interface CommandLine {
  /** The first word that is no flag. */
  readonly command: string | undefined;
  readonly words: readonly string[];
  /** By long name, in order; a switch has `true` or `false`. */
  readonly given: ReadonlyMap<string, readonly string[]>;
}

/**
 * Takes a command line apart as kubectl does: `--name=value`, `--name value`, `-n value`, `-nvalue`, `--switch=false`; flags may stand before and
 * behind the command, `--` ends them. @param table the flags of all commands. @throws {UsageFailure}
 */
export function splitCommandLine(table: FlagTable, argv: readonly string[]): CommandLine {
  const given = new Map<string, readonly string[]>();
  const words: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest.splice(0));
    } else if (!word.startsWith('-') || word === '-') {
      words.push(word);
    } else {
      const { name, text } = spell(table, word);
      const flag = table[name]!;
      const value = text ?? (flag.argument === undefined ? 'true' : rest.shift());
      if (value === undefined) throw new UsageFailure(`--${name} needs a value`, `write --${name}=${flag.argument}`);
      given.set(name, [...(given.get(name) ?? []), value]);
    }
  }
  const [command, ...others] = words;
  return { command, words: others, given };
}

/** @throws {UsageFailure} for a flag that the command does not take, and for a value that is not among the flag's. */
export function requireKnown(command: string, table: FlagTable, { given }: CommandLine): void {
  for (const [name, values] of given) {
    const flag = Object.hasOwn(table, name) ? table[name] : undefined;
    if (flag === undefined) throw new UsageFailure(`"${command}" takes no --${name}`, `kubectl podcert ${command} --help lists its flags`);
    const choices = flag.argument === undefined ? ['true', 'false'] : flag.choices;
    const wrong = values.find((value) => choices?.includes(value) === false);
    if (wrong !== undefined)
      throw new UsageFailure(`--${name}=${JSON.stringify(wrong)} is not among its values`, `write one of ${choices?.join(', ')}`);
  }
}

interface Spelled {
  readonly name: string;
  readonly text: string | undefined;
}

function spell(table: FlagTable, word: string): Spelled {
  const [, long, text] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (long !== undefined) {
    if (Object.hasOwn(table, long)) return { name: long, text };
    throw unknownFlag(`--${long}`, long, table);
  }
  const letter = word.slice(1, 2);
  const [name, flag] = Object.entries(table).find(([, each]) => each.letter === letter) ?? [];
  const behind = word.slice(2);
  // Letters are not put together: -Ao is no flag of ours.
  if (name === undefined || flag === undefined || (flag.argument === undefined && behind !== ''))
    throw unknownFlag(word, word.slice(1), table);
  return { name, text: behind === '' ? undefined : behind.replace(/^=/, '') };
}

function unknownFlag(shown: string, name: string, table: FlagTable): UsageFailure {
  const meant = nearest(name, Object.keys(table));
  const cure = meant === undefined ? 'kubectl podcert help lists commands and flags' : `did you mean --${meant}?`;
  return new UsageFailure(`${JSON.stringify(shown)} is not a flag of kubectl podcert`, cure);
}
