import { Feed } from '../../demo/feed.ts';
import { askProxy } from './peers.ts';
import type { RecipeBench } from './recipe-bench.ts';
import { isGood, Stream } from './stream.ts';
import type { Outcome } from './stream.ts';
import { START_MS, untilGood, withLines } from './until-good.ts';

/** Requests at a time, of those that go through a proxy. */
export const WORKERS = 3;

/** What a recipe's client is: a program that asks by itself and prints how each request ended, or a proxy beside one. */
export type ClientKind = 'program' | 'proxy';

/** A client of a recipe that asks without end. */
export interface RunningClient extends AsyncDisposable {
  /** How its requests ended. */
  readonly outcomes: Feed<Outcome>;
}

/** Starts a recipe's client and waits for its first answer, for which there must be a server. */
export async function startClient(bench: RecipeBench, kind: ClientKind, env: Readonly<Record<string, string>>): Promise<RunningClient> {
  await using stack = new AsyncDisposableStack();
  const printed = new Feed<Outcome>();
  const note = (line: string) => {
    // What else a runtime has to say is no request.
    if (/^(?:\d{3} from|no answer)/.test(line)) printed.push({ isGood: line.startsWith('200 '), what: line });
  };
  const client = stack.use(bench.start('client', { EVERY_MS: '20', ...env }, note));
  if (kind === 'proxy') await untilGood(client, throughProxy);
  const outcomes = kind === 'proxy' ? stack.use(new Stream(WORKERS, throughProxy)).outcomes : printed;
  await withLines(client, outcomes.expect({ what: 'a first answer', pick: isGood, withinMs: START_MS }));
  const kept = stack.move();
  return { outcomes, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function throughProxy(): Promise<Outcome> {
  const status = await askProxy();
  return { isGood: status === 200, what: `status ${status}` };
}
