import type { Clock } from './clock.ts';
import { splitCommandLine, requireKnown } from './command-line.ts';
import { ALL_FLAGS, COMMANDS, flagsOf, type Command } from './commands.ts';
import { readQuestion, renderAnswer } from './completion/complete.ts';
import { lookUp } from './completion/look-up.ts';
import type { Terminal } from './context.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import { CliFailure, UsageFailure } from './failure.ts';
import { describeCommand, describeProgram } from './help.ts';
import { Kubectl } from './kubectl/kubectl.ts';
import { nearest } from './nearest.ts';
import { safeText } from './output/safe-text.ts';
import { Values } from './values.ts';

/** What the program needs of the world. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly terminal: Terminal;
}

/** Whoever presses the tab key waits for it. */
const COMPLETION_MS = 5_000;
const COMPLETE = '__complete';

/** Does what a command line says. @returns how the process ends. @throws `signal.reason` once aborted; anything but a {@link CliFailure} is a bug. */
export async function runProgram(argv: readonly string[], world: World, signal: AbortSignal): Promise<ExitStatus> {
  if (argv[0] === COMPLETE) return complete(argv.slice(1), world, signal);
  try {
    return await dispatch(argv, world, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CliFailure)) throw error;
    const { terminal } = world;
    // Lines of ours stay lines; what came from elsewhere was made safe where it came in, and may hold no more than that.
    terminal.err(`${terminal.errPaint('error:', 'bad')} ${safeText(error.message)}\n`);
    if (error.cure !== undefined) terminal.err(`${terminal.errPaint('cure:', 'faint')} ${safeText(error.cure)}\n`);
    return error instanceof UsageFailure ? EXIT.usage : EXIT.failed;
  }
}

/** Whether all that a command line asks for is to be shown something. */
export function isReading(argv: readonly string[]): boolean {
  try {
    const { command = '' } = splitCommandLine(ALL_FLAGS, argv);
    return !Object.hasOwn(COMMANDS, command) || COMMANDS[command]?.changesCluster !== true;
  } catch {
    return true;
  }
}

async function dispatch(argv: readonly string[], { environment, clock, terminal }: World, signal: AbortSignal): Promise<ExitStatus> {
  const line = splitCommandLine(ALL_FLAGS, argv);
  const values = new Values(line.given);
  const isHelp = line.command === 'help';
  const name = isHelp ? line.words[0] : line.command;
  if (name === undefined) {
    terminal.out(describeProgram());
    return isHelp || values.isSet('help') ? EXIT.done : EXIT.usage;
  }
  const command = commandNamed(name);
  if (isHelp || values.isSet('help')) {
    terminal.out(describeCommand(command));
    return EXIT.done;
  }
  requireKnown(name, flagsOf(command), line);
  if (line.words.length > 0 && command.completes === undefined)
    throw new UsageFailure(`"${name}" takes no ${JSON.stringify(line.words[0])}`, `kubectl podcert ${name} --help`);
  return command.run({ kubectl: new Kubectl(values, environment), clock, terminal, values, words: line.words }, signal);
}

function commandNamed(name: string): Command {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name]!;
  const meant = nearest(name, Object.keys(COMMANDS));
  throw new UsageFailure(
    `There is no command ${JSON.stringify(name)}`,
    meant === undefined ? 'kubectl podcert help lists them' : `did you mean "${meant}"?`,
  );
}

/** Answers the shell; what goes wrong leaves the candidates out, since nobody could read why. */
async function complete(words: readonly string[], { environment, terminal }: World, signal: AbortSignal): Promise<ExitStatus> {
  const question = readQuestion(words);
  const { candidates, completes, given } = question;
  const soon = AbortSignal.any([signal, AbortSignal.timeout(COMPLETION_MS)]);
  const values = new Values(given);
  const found =
    completes === undefined
      ? candidates
      : await lookUp(new Kubectl(values, environment), completes, values.text('namespace'), soon).catch(() => []);
  signal.throwIfAborted();
  terminal.out(renderAnswer(question, found, completes === 'files'));
  return EXIT.done;
}
