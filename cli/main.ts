import { basename } from 'node:path';
import { systemClock } from './clock.ts';
import { watchInterrupts } from './interrupts.ts';
import { judgeLostOutput } from './output/lost-output.ts';
import { isReading, runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

/** `kubectl podcert`, and by the name that kubectl looks for when it completes (a link to the same file) the completion of it. */
const COMPLETION_NAME = 'kubectl_complete-podcert';

async function main(): Promise<number> {
  const controller = new AbortController();
  const interrupted = watchInterrupts(controller);
  const [, program = '', ...words] = process.argv;
  const argv = basename(program) === COMPLETION_NAME ? ['__complete', ...words] : words;
  try {
    const world = { environment: process.env, clock: systemClock, terminal: processTerminal() };
    return await runProgram(argv, world, controller.signal);
  } catch (error) {
    const status = interrupted();
    if (status === undefined) throw error;
    return status;
  } finally {
    // Whatever is still under way ends, with its processes.
    controller.abort(new Error('done'));
  }
}

process.stdout.on('error', (error) => {
  const { status, message } = judgeLostOutput(error, isReading(process.argv.slice(2)));
  if (message !== undefined) process.stderr.write(`error: ${message}\n`);
  process.exit(status);
});
// Nowhere is left to say so.
process.stderr.on('error', () => process.exit(1));
main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`This is a bug of kubectl podcert: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
