import { systemClock } from '../node-agent/clock.ts';
import { AgentError, describeProblem } from '../node-agent/errors.ts';
import { traceOf } from '../node-agent/failure.ts';
import { buildAdapters } from './adapters.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { createLog } from './report/log.ts';
import type { Log } from './report/log.ts';
import { runDriver } from './run.ts';
import { VERSION } from './version.ts';

/** Exit statuses: 0 after SIGTERM or SIGINT, 1 when the driver could not start or go on, 2 for wrong flags or what they name. */
async function main(): Promise<number> {
  const reading = readConfig(process.argv.slice(2), process.env);
  switch (reading.kind) {
    case 'help':
      process.stdout.write(reading.text);
      return 0;
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case 'refused':
      process.stderr.write(`${reading.problems.map(describeProblem).join('\n')}\n`);
      return 2;
    case 'config':
      return run(reading.config);
    default:
      return reading satisfies never;
  }
}

async function run(config: Config): Promise<number> {
  const log = createLog(config.logLevel, systemClock, (line) => process.stderr.write(line));
  const stop = stopSignal(log);
  process.once('uncaughtException', (error) => process.exit(stopAtBug(log, error)));
  for (const note of config.notes) log.info(note);
  try {
    const surroundings = { clock: systemClock, log, random: Math.random };
    await runDriver(config, await buildAdapters(config, surroundings, stop), stop);
    return 0;
  } catch (error) {
    if (stop.aborted && error === stop.reason) return 0;
    if (!(error instanceof AgentError)) return stopAtBug(log, error);
    log.error(error.message, { code: error.code });
    return error.code === 'misconfigured' ? 2 : 1;
  }
}

/** Tells where a bug is, without its message, which Node.js would print and which may quote anything. @returns the exit status. */
function stopAtBug(log: Log, error: unknown): number {
  log.error('the driver stops at an unexpected error', { stack: traceOf(error) });
  return 1;
}

/** Aborted by the first SIGTERM or SIGINT. */
function stopSignal(log: Log): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info('signal received', { signal: name });
      controller.abort(new AgentError('issuance-aborted', 'The driver is shutting down'));
    });
  }
  return controller.signal;
}

process.exitCode = await main();
