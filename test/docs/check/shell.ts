/** A simple command of a script (POSIX.1-2017, Shell Command Language, 2.9.1), without assignments and redirections. */
export interface Command {
  /** The line of the script where its last word is, from 0. */
  readonly line: number;
  /** Words without their quotes; a placeholder such as `<pod>` is part of one. */
  readonly words: readonly string[];
  /** What it reads as a here-document. */
  readonly input?: string;
}

/** Words after which a command begins. */
const KEYWORDS = new Set(['!', '{', '}', 'if', 'then', 'else', 'elif', 'fi', 'while', 'until', 'do', 'done']);

/** Every command of a script, those in `$(…)` too. What a loop goes over (`for`) and what `case` compares is left out. */
export function readCommands(script: string): readonly Command[] {
  return new ShellReader(script).read();
}

/** A script in which each placeholder is a word, so that a shell can judge its grammar. */
export function withoutPlaceholders(script: string): string {
  return script.replaceAll(PLACEHOLDER, 'placeholder');
}

/** Written so that `<` and `>` that redirect are none. */
const PLACEHOLDER = /<[a-z](?:[a-z ,'-]*[a-z])?>/g;

class ShellReader {
  readonly #text: string;
  readonly #commands: Command[] = [];
  #at = 0;
  #line = 0;
  #words: string[] = [];
  #word: string | undefined;
  /** The next word is where a redirection leads. */
  #isTarget = false;
  /** Delimiters of here-documents that begin with the next line. */
  #delimiters: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): readonly Command[] {
    while (this.#at < this.#text.length) this.#step();
    this.#endCommand();
    return this.#commands;
  }

  #step(): void {
    const rest = this.#text.slice(this.#at);
    const [taken, act] = this.#next(rest);
    this.#at += taken.length;
    act();
    this.#line += taken.split('\n').length - 1;
  }

  /** What comes next in the script, and what it does. */
  #next(rest: string): readonly [string, () => void] {
    const match = (pattern: RegExp) => pattern.exec(rest)?.[0];
    let found: string | undefined;
    if ((found = match(/^\\\n/)) !== undefined) return [found, () => undefined];
    if ((found = match(/^\n/)) !== undefined) return [found, () => this.#endLine()];
    if ((found = match(/^[ \t]+/)) !== undefined) return [found, () => this.#endWord()];
    if (this.#word === undefined && (found = match(/^#.*/)) !== undefined) return [found, () => undefined];
    if ((found = match(/^\\./)) !== undefined) return [found, this.#adder(found.slice(1))];
    if ((found = match(/^'[^']*'/)) !== undefined) return [found, this.#adder(found.slice(1, -1))];
    if ((found = match(/^"(?:\\.|[^"\\])*"/s)) !== undefined) return [found, this.#quoted(found.slice(1, -1))];
    if (rest.startsWith('$(')) return [substitution(rest), this.#quoted(substitution(rest))];
    if ((found = match(new RegExp(`^${PLACEHOLDER.source}`))) !== undefined) return [found, this.#adder(found)];
    if ((found = match(/^<<-?\s*'?"?\w+'?"?/)) !== undefined) return [found, () => this.#beginDocument(/\w+/.exec(rest)![0])];
    if ((found = match(/^(?:>>|[<>])&?/)) !== undefined) return [found, () => this.#redirect()];
    if ((found = match(/^(?:&&|\|\||[;&|()])/)) !== undefined) return [found, () => this.#endCommand()];
    return [rest[0]!, this.#adder(rest[0]!)];
  }

  #adder(text: string): () => void {
    return () => {
      this.#word = (this.#word ?? '') + text;
    };
  }

  /** Text in which only `$(…)` means something. */
  #quoted(text: string): () => void {
    for (let start = text.indexOf('$('); start >= 0; start = text.indexOf('$(', start)) {
      const inner = substitution(text.slice(start));
      const line = this.#line;
      this.#commands.push(...readCommands(inner.slice(2, -1)).map((command) => ({ ...command, line: line + command.line })));
      start += inner.length;
    }
    return this.#adder(text);
  }

  #endWord(): void {
    if (this.#word !== undefined && !this.#isTarget) this.#words.push(this.#word);
    if (this.#word !== undefined) this.#isTarget = false;
    this.#word = undefined;
  }

  #redirect(): void {
    // A number before it is that of the file descriptor.
    if (/^\d$/.test(this.#word ?? '')) this.#word = undefined;
    this.#endWord();
    this.#isTarget = true;
  }

  #beginDocument(delimiter: string): void {
    this.#endWord();
    this.#delimiters.push(delimiter);
  }

  #endLine(): void {
    const line = this.#line;
    const input = this.#delimiters.map((delimiter) => this.#readDocument(delimiter)).at(-1);
    this.#delimiters = [];
    this.#endCommand(line, input);
  }

  #readDocument(delimiter: string): string {
    const rest = this.#text.slice(this.#at);
    const end = new RegExp(String.raw`^\t*${delimiter}$`, 'm').exec(rest);
    const body = rest.slice(0, end?.index);
    const taken = body.length + (end?.[0].length ?? 0);
    this.#line += rest.slice(0, taken).split('\n').length - 1;
    this.#at += taken;
    return body;
  }

  #endCommand(line = this.#line, input?: string): void {
    this.#endWord();
    while (KEYWORDS.has(this.#words[0] ?? '') || /^\w+=/.test(this.#words[0] ?? '')) this.#words.shift();
    const [first] = this.#words;
    if (first !== undefined && !['for', 'case', 'esac', 'in'].includes(first)) {
      this.#commands.push({ line, words: this.#words, ...(input !== undefined && { input }) });
    }
    this.#words = [];
  }
}

/** The `$(…)` with which a text begins. */
function substitution(text: string): string {
  let depth = 0;
  for (let index = 1; index < text.length; index++) {
    if (text[index] === '(') depth += 1;
    if (text[index] === ')' && --depth === 0) return text.slice(0, index + 1);
  }
  return text;
}
