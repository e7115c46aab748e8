import { setTimeout as pause } from 'node:timers/promises';
import type { AgentEvent } from '../../node-agent/events.ts';
import type { Field } from './field-bench.ts';

/** Below the deadline of any call, so that none runs out of time while it is under way, and no watch is taken for dead. */
const LONGEST_STEP_MS = 10_000;

/** How fast time runs while somebody waits for a renewal that is under way; what it waits for may be time. */
const SPEED = 4;

/** Lets a field's time pass as fast as the machine can follow: after each step the calls of the API that are under way come to their end. */
export async function passFor(field: Field, durationMs: number, stepMs: number = LONGEST_STEP_MS): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= stepMs) {
    await field.time.advance(Math.min(leftMs, stepMs));
    do await pause(1);
    while (field.cluster.proxy.underWay > 0);
  }
}

/**
 * The same, but time hardly moves while a renewal is under way: an issuance takes no longer by this time than the issuer has it take.
 * @param pass how time passes from one renewal to the next.
 */
export async function passRenewals(field: Field, durationMs: number, pass: typeof passFor = passFor): Promise<void> {
  const { journal } = field.driver;
  const dues = new Dues(journal.events);
  const endMs = field.time.now().getTime() + durationMs;
  const untilMs = (instantMs: number) => Math.max(0, instantMs - field.time.now().getTime());
  for (;;) {
    const { volumeId, dueMs } = dues.first();
    if (dueMs > endMs) return pass(field, untilMs(endMs));
    const ended = journal.next((event) => dueAt(event) !== undefined && 'volumeId' in event && event.volumeId === volumeId);
    await pass(field, untilMs(dueMs));
    await field.time.at(SPEED, ended);
  }
}

/** The node sleeps until the renewals of all volumes are due; soon after that the watch of the API is there again. */
export async function sleepUntilDue(field: Field): Promise<void> {
  const { proxy } = field.cluster;
  const watches = proxy.count('watch');
  const due = field.driver.journal.all('published').map(({ renewAt }) => renewAt.getTime());
  await field.time.jump(Math.max(...due) - field.time.now().getTime());
  while (proxy.count('watch') === watches) await pause(5);
}

/** When the next attempt of each volume is due, as far as the journal tells. */
class Dues {
  readonly #events: readonly AgentEvent[];
  readonly #dueMs = new Map<string, number>();
  #read = 0;

  constructor(events: readonly AgentEvent[]) {
    this.#events = events;
  }

  first(): { readonly volumeId: string; readonly dueMs: number } {
    for (const event of this.#events.slice(this.#read)) {
      const at = dueAt(event);
      if (at !== undefined && 'volumeId' in event) this.#dueMs.set(event.volumeId, at.getTime());
    }
    this.#read = this.#events.length;
    let first = { volumeId: '', dueMs: Infinity };
    for (const [volumeId, dueMs] of this.#dueMs) if (dueMs < first.dueMs) first = { volumeId, dueMs };
    return first;
  }
}

/** When the volume's next attempt is due once this was noted. */
function dueAt(event: AgentEvent): Date | undefined {
  switch (event.kind) {
    case 'published':
    case 'renewed':
      return event.renewAt;
    case 'renewal-failed':
      return event.retryAt;
    default:
      return undefined;
  }
}
