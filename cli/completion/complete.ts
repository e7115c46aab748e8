import { COMMANDS, flagsOf, ALL_FLAGS, type Command } from '../commands.ts';
import type { Completes, Flag, FlagTable } from '../flags.ts';
import { safeText } from '../output/safe-text.ts';

/** What a word may become. */
export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

/** What the words before the cursor and the one at it mean, as far as they are written. */
export interface Question {
  readonly candidates: readonly Candidate[];
  /** What of the cluster the word may be, in place of `candidates`. */
  readonly completes?: Completes;
  /** What has been typed of it, behind a `--flag=`. */
  readonly prefix: string;
  readonly given: ReadonlyMap<string, readonly string[]>;
}

/** Reads an unfinished command line; what is wrong in it is passed over. @param words the last is the one at the cursor, perhaps empty. */
export function readQuestion(words: readonly string[]): Question {
  const current = words.at(-1) ?? '';
  const { names, given, open } = readBefore(words.slice(0, -1));
  const command = Object.hasOwn(COMMANDS, names[0] ?? '') ? COMMANDS[names[0]!] : undefined;
  // The same name may have other values in another command.
  const flags = command === undefined ? ALL_FLAGS : flagsOf(command);
  const flagNamed = (name: string) => flags[name] ?? ALL_FLAGS[name]!;
  if (open !== undefined) return { ...valuesOf(flagNamed(open)), prefix: current, given };
  if (current.startsWith('-')) {
    const [, name = '', value] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
    if (value !== undefined && Object.hasOwn(ALL_FLAGS, name)) return { ...valuesOf(flagNamed(name)), prefix: value, given };
    return { candidates: flagCandidates(flags), prefix: current, given };
  }
  if (names.length === 0) return { candidates: commandCandidates(), prefix: current, given };
  if (names[0] === 'help' && names.length === 1) return { candidates: commandCandidates(), prefix: current, given };
  return { ...wordsOf(command, names.length), prefix: current, given };
}

/** The answer in cobra's form, which kubectl and our scripts read: candidates, then a directive. */
export function renderAnswer({ prefix }: Question, candidates: readonly Candidate[], areFilesMeant: boolean): string {
  const fitting = candidates.filter(({ value }) => value.startsWith(prefix));
  const lines = fitting.map(({ value, about }) => safeText(value) + (about === undefined ? '' : `\t${safeText(about)}`));
  // ShellCompDirectiveDefault and ShellCompDirectiveNoFileComp of cobra.
  return `${[...lines, areFilesMeant ? ':0' : ':4'].join('\n')}\n`;
}

interface Before {
  readonly names: readonly string[];
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** The flag whose value comes next. */
  readonly open: string | undefined;
}

function readBefore(words: readonly string[]): Before {
  const names: string[] = [];
  const given = new Map<string, readonly string[]>();
  let open: string | undefined;
  for (const word of words) {
    if (open !== undefined) {
      given.set(open, [...(given.get(open) ?? []), word]);
      open = undefined;
    } else if (!word.startsWith('-')) {
      names.push(word);
    } else {
      const { name, value } = spell(word);
      const flag = Object.hasOwn(ALL_FLAGS, name) ? ALL_FLAGS[name] : undefined;
      if (flag?.argument !== undefined && value === undefined) open = name;
      else if (value !== undefined) given.set(name, [...(given.get(name) ?? []), value]);
    }
  }
  return { names, given, open };
}

function spell(word: string): { readonly name: string; readonly value: string | undefined } {
  const [, long, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (long !== undefined) return { name: long, value };
  const name = Object.keys(ALL_FLAGS).find((each) => ALL_FLAGS[each]?.letter === word.slice(1, 2)) ?? '';
  return { name, value: word.length > 2 ? word.slice(2).replace(/^=/, '') : undefined };
}

function valuesOf({ choices = [], completes }: Flag): Pick<Question, 'candidates' | 'completes'> {
  return { candidates: choices.map((value) => ({ value })), ...(completes !== undefined && { completes }) };
}

function wordsOf(command: Command | undefined, count: number): Pick<Question, 'candidates' | 'completes'> {
  const completes = count === 1 ? command?.completes : undefined;
  if (typeof completes === 'string') return { candidates: [], completes };
  return { candidates: (completes ?? []).map((value) => ({ value })) };
}

function flagCandidates(table: FlagTable): readonly Candidate[] {
  return Object.entries(table).map(([name, { about, argument }]) => ({ value: `--${name}${argument === undefined ? '' : '='}`, about }));
}

function commandCandidates(): readonly Candidate[] {
  return [
    ...Object.entries(COMMANDS).map(([value, { summary }]) => ({ value, about: summary })),
    { value: 'help', about: 'this, or the help of a command' },
  ];
}
