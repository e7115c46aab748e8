import { COMMANDS, flagsOf, type Command } from './commands.ts';
import { KUBECTL_FLAGS, type Flag, type FlagTable } from './flags.ts';

const WIDTH = 26;

/** What `kubectl podcert` alone says. */
export function describeProgram(): string {
  const commands = Object.entries({ ...COMMANDS, help: { summary: 'this, or the help of a command' } });
  return [
    'The certificates that Podcert gives to pods: what there is, why it waits, and new ones now.',
    '',
    'Usage: kubectl podcert COMMAND [flags]',
    '',
    ...commands.map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`),
    '',
    'Exit status: 0 done, 1 failed, 2 wrong command line, 3 found (list --exit-code, doctor), 4 incomplete: a node or an object could not be asked.',
    "Takes kubectl's flags --kubeconfig, --context, --cluster, --user, --server, --as, --as-group, --as-uid and --request-timeout.",
    '"kubectl podcert COMMAND --help" has examples.',
    '',
  ].join('\n');
}

/** What `kubectl podcert COMMAND --help` says. */
export function describeCommand(command: Command): string {
  const { usage, summary, about, examples, asksCluster } = command;
  const all = flagsOf(command);
  const own = Object.fromEntries(Object.entries(all).filter(([, flag]) => flag.isKubectls !== true));
  return [
    `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`,
    ...(about === undefined ? [] : [about]),
    '',
    `Usage: kubectl podcert ${usage}`,
    '',
    ...(examples.length === 0
      ? []
      : ['Examples:', ...examples.flatMap(([line, does]) => [`  # ${does}`, `  kubectl podcert ${line}`, '']), '']
    ).slice(0, -1),
    'Flags:',
    ...describeFlags(own),
    ...(asksCluster ? ['', 'Flags of kubectl:', ...describeFlags(KUBECTL_FLAGS)] : []),
    '',
  ].join('\n');
}

function describeFlags(table: FlagTable): readonly string[] {
  return Object.entries(table).map(([name, flag]) => {
    const written = writtenAs(name, flag);
    // A name too long for its column has the rest on a line of its own.
    const start = written.length < WIDTH ? written.padEnd(WIDTH) : `${written}\n  ${' '.repeat(WIDTH)}`;
    return `  ${start}${flag.about}${flag.fallback === undefined ? '' : ` (${flag.fallback})`}`;
  });
}

function writtenAs(name: string, { letter, argument }: Flag): string {
  return `${letter === undefined ? '    ' : `-${letter}, `}--${name}${argument === undefined ? '' : `=${argument}`}`;
}
