import * as fc from 'fast-check';
import type { TestContext } from 'node:test';

/** What undoes at the end what a subject has opened: a test, or the run of `npm run fuzz`. */
export type Context = Pick<TestContext, 'after'>;

/** What is fed with hostile input: one parser, or a few that belong together. */
export interface Subject {
  readonly name: string;
  /** Opens what the properties need. */
  properties(context: Context): readonly Property[] | Promise<readonly Property[]>;
}

/** One promise that holds for all inputs of a kind. */
export interface Property {
  /** A sentence. */
  readonly name: string;
  /** Its part of all inputs in hundredths; what takes long has less. All weights together are a hundred or a little more. */
  readonly weight: number;
  /** @throws with seed and shrunken counterexample where an input breaks the promise, and where the inputs do not get as far as they should. */
  run(runs: number, seed: number): Promise<Outcome>;
}

/** How the inputs of a property ended. */
export interface Outcome {
  readonly inputs: number;
  readonly slowestMs: number;
  /** How many inputs came to which end, such as `refused`. */
  readonly ends: ReadonlyMap<string, number>;
}

/** What a property is tried with. */
export interface Trial<Input> {
  readonly inputs: fc.Arbitrary<Input>;
  readonly weight: number;
  /** To each of these ends some input must come: else the inputs no longer get to the code that is meant. */
  readonly reaches: readonly string[];
}

/** The processor time that one input may take. Far above what any takes: a busy machine must not make a test fail. */
const LONGEST_INPUT_MS = 250;

/** Below this number of inputs it says nothing that an end was not reached. */
const FEWEST_INPUTS = 1_000;

/** A property; `judge` throws where an input breaks it, and else says how the input ended. */
export function property<Input>(name: string, trial: Trial<Input>, judge: (input: Input) => string | Promise<string>): Property {
  const { inputs, weight, reaches } = trial;
  return {
    name,
    weight,
    async run(runs, seed) {
      const ends = new Map<string, number>();
      let slowestMs = 0;
      let count = 0;
      const tried = fc.asyncProperty(inputs, async (input) => {
        const { end, tookMs } = await inTime(() => judge(input));
        ends.set(end, (ends.get(end) ?? 0) + 1);
        slowestMs = Math.max(slowestMs, tookMs);
        count += 1;
      });
      const details = await fc.check(tried, { numRuns: runs, seed });
      if (details.failed) throw new Error(await describeFailure(name, details));
      const missed = reaches.filter((end) => !ends.has(end));
      if (count >= FEWEST_INPUTS && missed.length > 0)
        throw new Error(`${name}: no input ends as "${missed.join('" or "')}"; mend the generator`);
      return { inputs: count, slowestMs, ends };
    },
  };
}

async function describeFailure<Input>(name: string, details: fc.RunDetails<Input>): Promise<string> {
  const report = await fc.asyncDefaultReportMessage(details);
  const { errorInstance: error } = details;
  return `${name}: ${report}\n${error instanceof Error ? error.stack : String(error)}`;
}

/** A second try tells a slow input from a machine that was collecting garbage. */
async function inTime(judge: () => string | Promise<string>): Promise<{ readonly end: string; readonly tookMs: number }> {
  const first = await measure(judge);
  if (first.tookMs <= LONGEST_INPUT_MS) return first;
  const second = await measure(judge);
  if (second.tookMs <= LONGEST_INPUT_MS) return second;
  throw new Error(`It took ${second.tookMs} ms of the processor, more than ${LONGEST_INPUT_MS}`);
}

async function measure(judge: () => string | Promise<string>): Promise<{ readonly end: string; readonly tookMs: number }> {
  const begin = process.cpuUsage();
  const end = await judge();
  const { user, system } = process.cpuUsage(begin);
  return { end, tookMs: Math.round((user + system) / 1_000) };
}

/** How many of `total` inputs are a property's; one of no weight has a single one. */
export function shareOf(total: number, { weight }: Property): number {
  return Math.max(1, Math.ceil((total * weight) / 100));
}
