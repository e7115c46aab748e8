import { setTimeout as pause } from 'node:timers/promises';
import type { PodProcess } from './pod-process.ts';
import type { Outcome } from './stream.ts';

/** How long a recipe may take to start. */
export const START_MS = 60_000;
const LINES_SHOWN = 20;

/** Asks again and again until the pod answers as is wanted. @throws {Error} with what it wrote, when it ends or time runs out. */
export async function untilGood(pod: PodProcess, ask: () => Promise<Outcome>): Promise<void> {
  const deadline = AbortSignal.timeout(START_MS);
  for (let last = 'nothing'; ;) {
    const outcome = await ask().catch((error: Error) => ({ isGood: false, what: String(error) }));
    if (outcome.isGood) return;
    last = outcome.what;
    if (deadline.aborted || !pod.isRunning) return withLines(pod, Promise.reject(new Error(`It does not serve: ${last}`)));
    await pause(20);
  }
}

/** Has the last lines that a pod wrote told with a failure. */
export async function withLines(pod: PodProcess, work: Promise<unknown>): Promise<void> {
  await work.catch((error: Error) => {
    throw new Error(`${error.message}\n${pod.feed.items.slice(-LINES_SHOWN).join('\n')}`, { cause: error });
  });
}
