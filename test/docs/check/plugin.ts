import { ALL_FLAGS, COMMANDS, flagsOf } from '../../../cli/commands.ts';
import { requireKnown, splitCommandLine } from '../../../cli/command-line.ts';
import { UsageFailure } from '../../../cli/failure.ts';
import { isPlaceholder } from './program-help.ts';

/** What is wrong with a command line of `kubectl podcert`, by its own tables. */
export function judgePlugin(words: readonly string[]): readonly string[] {
  try {
    const line = splitCommandLine(ALL_FLAGS, words);
    const name = line.command === 'help' ? line.words[0] : line.command;
    if (name === undefined || isPlaceholder(name)) return [];
    const command = COMMANDS[name];
    if (command === undefined) return [`kubectl podcert has no command "${name}"`];
    requireKnown(name, flagsOf(command), line);
    return [];
  } catch (error) {
    if (!(error instanceof UsageFailure)) throw error;
    return [`kubectl podcert: ${error.message}`];
  }
}
