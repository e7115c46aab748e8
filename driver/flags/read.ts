import type { Problem } from '../../node-agent/errors.ts';

/** What became of a flag's text: its value, or why not and what to write instead. */
export type Reading<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'wrong'; readonly why: string; readonly cure: string };

/** One flag: how it is written, read and explained. One table of these drives parsing, help and docs. */
export interface Flag<Value> {
  readonly group: FlagGroup;
  /** One sentence for people. */
  readonly about: string;
  /** What stands for the value in the help; absent: a switch, `--name` or `--name=false`. */
  readonly argument?: string;
  /** The letter of the short form. */
  readonly letter?: string;
  readonly required?: true;
  /** Every value counts. */
  readonly repeatable?: true;
  /** The value is never shown. */
  readonly secret?: true;
  /** The environment variable that is read where the flag is absent; an empty one counts as unset. */
  readonly variable?: string;
  /** The default, as one would write it. */
  readonly fallback?: string;
  read(text: string): Reading<Value>;
}

/** A heading of the help. `refused` flags are never accepted. */
export type FlagGroup = 'driver' | 'kubernetes' | 'local-ca' | 'refused';

/** Flags by their long names, without dashes. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** The values of a table's flags, all of them of one that is repeatable; else `undefined` only where it is neither required nor has a default. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Name in keyof Table]: Table[Name] extends { read(text: string): Reading<infer Value> }
    ? Table[Name] extends { readonly repeatable: true }
      ? readonly Value[]
      : Table[Name] extends { readonly fallback: string } | { readonly required: true }
        ? Value
        : Value | undefined
    : never;
};

/** A command line taken apart, each flag under its long name with its texts in order; nothing is read yet. */
export interface CommandLine {
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly Problem[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a command line says, all in all. */
export interface FlagReading<Table extends FlagTable> {
  readonly values: FlagValues<Table>;
  readonly problems: readonly Problem[];
  /** Flags given more than once of which one value counts, as one writes them. */
  readonly repeated: readonly string[];
}

/** Reads every flag of the table from the command line, else the environment, else its default. */
export function readFlags<Table extends FlagTable>(table: Table, commandLine: CommandLine, environment: Environment): FlagReading<Table> {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const repeated: string[] = [];
  for (const [name, flag] of Object.entries(table)) {
    const source = find(name, flag, commandLine, environment);
    const isRepeatable = flag.repeatable === true;
    if (source.texts.length > 1 && !isRepeatable) repeated.push(source.field);
    const all: unknown[] = [];
    // As pflag has it: the last counts, so that values which override a chart's arguments work.
    for (const text of isRepeatable ? source.texts : source.texts.slice(-1)) {
      const reading = flag.read(text);
      if (reading.kind === 'value') all.push(reading.value);
      else problems.push({ field: source.field, ...shown(flag, text), why: reading.why, cure: reading.cure });
    }
    values[name] = isRepeatable ? all : all[0];
    if (source.texts.length === 0 && flag.required === true) problems.push(missing(name, flag));
  }
  return { values: values as FlagValues<Table>, problems, repeated };
}

interface Source {
  readonly field: string;
  readonly texts: readonly string[];
}

function find(name: string, flag: Flag<unknown>, commandLine: CommandLine, environment: Environment): Source {
  const given = commandLine.given.get(name);
  if (given !== undefined) return { field: `--${name}`, texts: given };
  const fromEnvironment = flag.variable === undefined ? undefined : environment[flag.variable];
  if (flag.variable !== undefined && fromEnvironment) return { field: flag.variable, texts: [fromEnvironment] };
  return { field: `--${name}`, texts: flag.fallback === undefined ? [] : [flag.fallback] };
}

function shown(flag: Flag<unknown>, text: string): { value?: string } {
  return flag.secret === true ? {} : { value: text };
}

function missing(name: string, flag: Flag<unknown>): Problem {
  const orVariable = flag.variable === undefined ? '' : `, or set ${flag.variable} in the environment`;
  return { field: `--${name}`, why: 'is missing', cure: `give --${name}=${flag.argument ?? 'true'}${orVariable}` };
}
