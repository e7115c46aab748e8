import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLAGS } from '../../../driver/flags/table.ts';
import { judgePlugin } from './plugin.ts';
import { isPlaceholder, judgeByHelp, type Help } from './program-help.ts';

/** A program of somebody else that can be asked what it knows. */
export interface Program {
  readonly help: Help;
  /** The help that lists flags which every subcommand takes. */
  readonly globals: string;
}

/** What commands are judged by. */
export interface Surroundings {
  readonly root: string;
  /** The npm scripts of package.json. */
  readonly scripts: Readonly<Record<string, string>>;
  /** kubectl and helm, where they are there to be asked. */
  readonly programs: Readonly<Record<string, Program>>;
}

/** What npm itself does. */
const NPM_COMMANDS = new Set(['ci', 'install']);

/** Node's test runner takes what some of our scripts pass on. */
const OF_THE_TEST_RUNNER = /^--test-[a-z-]+$/;

/** What is wrong with a command: scripts, flags, subcommands and files that are not there. */
export function judgeCommand(words: readonly string[], surroundings: Surroundings): readonly string[] {
  const [program = ''] = words;
  return [...missingFiles(words, surroundings.root), ...judgeProgram(program, words, surroundings)];
}

function judgeProgram(program: string, words: readonly string[], { root, scripts, programs }: Surroundings): readonly string[] {
  if (program === 'npm') return judgeNpm(words.slice(1), root, scripts);
  // Our plugin, of which kubectl knows only where it is installed.
  if (program === 'kubectl' && words[1] === 'podcert') return judgePlugin(words.slice(2));
  const known = programs[program];
  return known === undefined ? [] : judgeByHelp(words, known.help, known.globals);
}

function judgeNpm([first = '', ...rest]: readonly string[], root: string, scripts: Surroundings['scripts']): readonly string[] {
  const [name = '', ...args] = first === 'run' ? rest.filter((word) => word !== '-s') : [first, ...rest];
  if (first !== 'run' && NPM_COMMANDS.has(first)) return [];
  if (isPlaceholder(name)) return [];
  const script = scripts[name];
  if (script === undefined) return [`there is no npm script "${name}"`];
  const given = args.slice(args.indexOf('--') + 1);
  const options = args.includes('--') ? given.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/s, '')) : [];
  return options.filter((option) => !isOption(option, script, root)).map((option) => `npm run ${name} has no option ${option}`);
}

/** Whether a script's program takes an option: it is in the driver's table, or among what the program gives to parseArgs. */
function isOption(option: string, script: string, root: string): boolean {
  const path = /^node (?:.* )?(\S+\.ts)\b/.exec(script)?.[1];
  if (path === 'driver/main.ts') return Object.hasOwn(FLAGS, option.slice(2)) || ['--help', '--version'].includes(option);
  if (/--test\b|test\/(?:e2e\/)?run\.ts/.test(script) && OF_THE_TEST_RUNNER.test(option)) return true;
  if (path === undefined || path.includes('*')) return false;
  return new RegExp(`\\b${option.slice(2)}'?: \\{ type: '`).test(readFileSync(join(root, path), 'utf8'));
}

/** What is written as a path into the repository must lead somewhere. What is made there, such as dist/, comes and goes. */
function missingFiles(words: readonly string[], root: string): readonly string[] {
  const made = /^(?:\.|node_modules$|dist)/;
  const folders = new Set(
    readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !made.test(entry.name))
      .map(({ name }) => name),
  );
  const paths = words.flatMap((word) => word.split(/[=,]/)).filter((part) => /^(?:\.\/)?[\w.-]+\/[\w./*-]*$/.test(part));
  const own = paths.filter((path) => folders.has(path.replace(/^\.\//, '').split('/')[0]!) || path.startsWith('.ci/'));
  return own.filter((path) => globSync(path, { cwd: root }).length === 0).map((path) => `there is no ${path}`);
}
