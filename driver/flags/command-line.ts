import type { Problem } from '../../node-agent/errors.ts';
import { nearestName } from '../../node-agent/nearest-name.ts';
import type { CommandLine, FlagTable } from './read.ts';

/**
 * Takes a command line apart as pflag does (the peer's library): `--name=value`, `--name value`, `--switch`, `--switch=false`,
 * `-v2`, `-v=2`, `-v 2`. Unlike pflag, a value after a space may not begin with `--`: there it was forgotten.
 */
export function splitCommandLine(table: FlagTable, argv: readonly string[]): CommandLine {
  const given = new Map<string, string[]>();
  const problems: Problem[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const spelled = spell(table, word);
    if (spelled === undefined) {
      problems.push({ field: 'command line', value: word, why: 'is not a flag', cure: 'leave it out; flags begin with --' });
      continue;
    }
    const flag = Object.hasOwn(table, spelled.name) ? table[spelled.name] : undefined;
    if (flag === undefined) {
      problems.push(unknownFlag(table, spelled.name));
      // Most likely its value; one problem is enough.
      if (spelled.text === undefined && rest[0]?.startsWith('-') === false) rest.shift();
      continue;
    }
    const text = spelled.text ?? (flag.argument === undefined ? 'true' : takeValue(rest));
    if (text === undefined) {
      problems.push({ field: `--${spelled.name}`, why: 'needs a value', cure: `write --${spelled.name}=${flag.argument}` });
      continue;
    }
    given.set(spelled.name, [...(given.get(spelled.name) ?? []), text]);
  }
  return { given, problems };
}

interface Spelled {
  readonly name: string;
  /** The text behind `=`, or behind the letter. */
  readonly text?: string;
}

/** @returns `undefined` for a word that is no flag. An unknown letter comes back as a name with its dash, such as `-x`. */
function spell(table: FlagTable, word: string): Spelled | undefined {
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(word);
  if (long?.[1] !== undefined) return named(long[1], long[2]);
  const short = /^-([A-Za-z])(?:=?(.+))?$/s.exec(word);
  if (short?.[1] === undefined) return undefined;
  const name = Object.keys(table).find((name) => table[name]?.letter === short[1]);
  // A word of several letters after one dash is no short form of a switch, but a long name with a dash too few.
  const isSwitch = name !== undefined && table[name]?.argument === undefined && !word.includes('=');
  if (name === undefined || (isSwitch && short[2] !== undefined)) return named(word.replace(/=.*$/s, ''));
  return named(name, short[2]);
}

function named(name: string, text?: string): Spelled {
  return text === undefined ? { name } : { name, text };
}

function takeValue(rest: string[]): string | undefined {
  return rest[0]?.startsWith('--') === false ? rest.shift() : undefined;
}

function unknownFlag(table: FlagTable, name: string): Problem {
  const nearest = nearestName(name.replace(/^-/, ''), Object.keys(table));
  // Not where more than half of it would have to change: that is no slip of the pen.
  const isNear = nearest !== undefined && nearest.edits <= nearest.name.length / 2;
  const cure = isNear ? `did you mean --${nearest.name}? --help lists all flags` : '--help lists all flags';
  return { field: name.startsWith('-') ? name : `--${name}`, why: 'is not a flag of this driver', cure };
}
