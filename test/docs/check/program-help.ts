/** What a program prints with `--help` after some subcommands. */
export type Help = (subcommands: readonly string[]) => string;

interface Flag {
  readonly letter: string | undefined;
  readonly name: string;
  readonly takesValue: boolean;
}

/** A flag as kubectl lists it (`-n, --namespace='':`), or as helm does (`-n, --namespace string   namespace scope…`). */
const FLAG = /^ +(?:-(\w), )?--([a-z][\w-]*)(?:=(.*):|(?: (\S+))?(?= {2,}|$))/gm;

/**
 * What is wrong with a command by what its program says of itself: subcommands and flags it does not know. Written for kubectl and helm, whose
 * global flags come before or after the subcommand.
 * @param globals the help that lists flags which every subcommand takes.
 */
export function judgeByHelp(words: readonly string[], help: Help, globals: string): readonly string[] {
  const [program = '', ...rest] = words;
  const given: string[] = [];
  const path: string[] = [];
  for (let index = 0; index < rest.length && rest[index] !== '--'; index++) {
    const word = rest[index]!;
    const listed = commandsIn(help(path));
    if (/^-./.test(word)) {
      given.push(word);
      const flag = find(word, [...flagsIn(help(path)), ...flagsIn(globals)]);
      const isJoined = word.includes('=') || (flag?.letter !== undefined && /^-\w./.test(word));
      if (flag?.takesValue === true && !isJoined && !/^--?\w/.test(rest[index + 1] ?? '')) index += 1;
    } else if (listed.has(word)) path.push(word);
    else if (listed.size > 0) return isPlaceholder(word) ? [] : [`${[program, ...path].join(' ')} has no command "${word}"`];
  }
  const known = [...flagsIn(help(path)), ...flagsIn(globals)];
  const unknown = given.filter((word) => find(word, known) === undefined);
  return unknown.map((word) => `${[program, ...path].join(' ')} has no flag ${word.replace(/=.*/s, '')}`);
}

/** What stands in prose for whatever a reader puts there. */
export function isPlaceholder(word: string): boolean {
  return word.includes('…') || word.includes('<') || word.startsWith('$');
}

/** The flag that a word such as `--name=value`, `-n` or `-it` gives. */
function find(word: string, flags: readonly Flag[]): Flag | undefined {
  const name = /^--([^=]+)/.exec(word)?.[1];
  return flags.find((flag) => (name === undefined ? flag.letter === word[1] : flag.name === name));
}

function flagsIn(help: string): readonly Flag[] {
  return [...help.matchAll(FLAG)].map(([, letter, name = '', fallback, type]) => {
    // A type such as string[="client"] may be left out, and then what follows is another word.
    const takesValue = fallback === undefined ? type !== undefined && !type.includes('[=') : fallback !== 'false' && fallback !== 'true';
    return { letter, name, takesValue };
  });
}

/** The names below each heading such as "Available Commands:" or "Basic Commands (Beginner):". */
function commandsIn(help: string): ReadonlySet<string> {
  const sections = help.matchAll(/^[A-Z][^\n]*Commands[^\n]*:\n((?:  +\S[^\n]*\n)+)/gm);
  return new Set([...sections].flatMap(([, lines = '']) => [...lines.matchAll(/^  +([\w-]+) /gm)].map(([, name = '']) => name)));
}
