import { check, CheckFailed } from './check.ts';
import type { Child } from './child.ts';
import type { Answered, PodMessage } from './pod-messages.ts';

/** The two programs while they talk. */
export interface Conversation {
  readonly server: Child<PodMessage>;
  readonly client: Child<PodMessage>;
}

/** Whose certificate had which serial. */
export interface Serials {
  readonly web: string;
  readonly client: string;
}

type Outcome = Extract<PodMessage, { kind: 'answered' | 'failed' }>;

/** Waits for the end of a client's first request. */
export function expectOutcome(client: Child<PodMessage>, withinMs: number): Promise<Outcome> {
  return client.feed.expect({ what: 'the end of its request', pick: toOutcome, withinMs });
}

/**
 * Waits for an answer, from now on, in which both sides show another certificate than `before`.
 * @throws {CheckFailed} at once where a request fails before.
 */
export function expectRenewed({ client }: Conversation, before: Serials, withinMs: number): Promise<Answered> {
  const pick = (message: PodMessage) => {
    const answer = toAnswer(message);
    return answer !== undefined && answer.serverSerial !== before.web && answer.clientSerial !== before.client ? answer : undefined;
  };
  return client.feed.expect({ what: 'an answer with new certificates on both sides', pick, from: client.feed.items.length, withinMs });
}

/** Waits until this many more requests have been answered. @throws {CheckFailed} at once where one fails. */
export async function expectAnswers({ client }: Conversation, count: number, withinMs: number): Promise<void> {
  let answered = 0;
  const pick = (message: PodMessage) => (toAnswer(message) !== undefined && ++answered === count ? message : undefined);
  await client.feed.expect({ what: `${count} more answers`, pick, from: client.feed.items.length, withinMs });
}

/** @returns how many requests have been answered. @throws {CheckFailed} where one failed. */
export function countAnswers({ client }: Conversation): number {
  const outcomes = client.feed.items.flatMap((message) => toOutcome(message) ?? []);
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
  check(failed.length === 0, `${failed.length} of ${outcomes.length} requests failed: ${failed[0]?.reason}`);
  return outcomes.length;
}

function toOutcome(message: PodMessage): Outcome | undefined {
  return message.kind === 'answered' || message.kind === 'failed' ? message : undefined;
}

function toAnswer(message: PodMessage): Answered | undefined {
  if (message.kind === 'failed') throw new CheckFailed(`a request failed: ${message.reason}`);
  return message.kind === 'answered' ? message : undefined;
}
