import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { hasOwnMounts, runWithOwnMounts } from '../../demo/own-mounts.ts';
import { type Context, type Outcome, type Subject, shareOf } from './property.ts';
import { SUBJECTS } from './subjects.ts';

/** How many inputs in all, and which. */
interface Amount {
  readonly runs: number;
  readonly seed: number;
}

/**
 * `npm run fuzz`: a million inputs in all, or `-- --runs=…`, by a random seed, or `-- --seed=…`; `-- --subject=…` takes only those
 * subjects whose names hold the text. One line a subject.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' }, subject: { type: 'string' } } });
  const amount = { runs: Number(values.runs ?? 1_000_000), seed: Number(values.seed ?? randomInt(2 ** 31)) };
  const subjects = SUBJECTS.filter(({ name }) => name.includes(values.subject ?? ''));
  if (!Number.isSafeInteger(amount.runs) || amount.runs < 1 || !Number.isSafeInteger(amount.seed) || subjects.length === 0) {
    say('Usage: npm run fuzz -- [--runs=<number>] [--seed=<number>] [--subject=<part of a name>]');
    return 2;
  }
  say(`seed ${amount.seed}`);
  const startedAt = performance.now();
  let [inputs, failures] = [0, 0];
  for (const subject of subjects) {
    const result = await feed(subject, amount);
    inputs += result.inputs;
    failures += result.failures;
  }
  say(`${row('all', inputs, startedAt)}, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

/** Tries all properties of a subject, also after one that fails. */
async function feed(subject: Subject, { runs, seed }: Amount): Promise<{ readonly inputs: number; readonly failures: number }> {
  await using undo = new AsyncDisposableStack();
  const context: Context = { after: (hook) => undo.defer(async () => void (await (hook as () => unknown)())) };
  const startedAt = performance.now();
  const outcomes: Outcome[] = [];
  let failures = 0;
  for (const property of await subject.properties(context)) {
    try {
      outcomes.push(await property.run(shareOf(runs, property), seed));
    } catch (error) {
      failures += 1;
      say(`FAILED ${subject.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const inputs = outcomes.reduce((sum, outcome) => sum + outcome.inputs, 0);
  const slowestMs = Math.max(0, ...outcomes.map((outcome) => outcome.slowestMs));
  say(`${row(subject.name, inputs, startedAt)}, slowest ${slowestMs} ms; ${endsOf(outcomes)}`);
  return { inputs, failures };
}

function endsOf(outcomes: readonly Outcome[]): string {
  const sums = new Map<string, number>();
  for (const [end, count] of outcomes.flatMap(({ ends }) => [...ends])) sums.set(end, (sums.get(end) ?? 0) + count);
  return [...sums].map(([end, count]) => `${count} ${end}`).join(', ');
}

function row(name: string, inputs: number, sinceMs: number): string {
  const seconds = ((performance.now() - sinceMs) / 1_000).toFixed(1);
  return `${name.padEnd(24)}${String(inputs).padStart(9)} inputs${seconds.padStart(8)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// Some subjects make mounts.
process.exitCode = hasOwnMounts() ? await main() : runWithOwnMounts([import.meta.filename, ...process.argv.slice(2)]);
