import { setTimeout as pause } from 'node:timers/promises';
import type { ManualClock } from './manual-clock.ts';

/** Lets time pass, twenty times as fast as on the wall, until what is awaited has come: for what waits for time and for sockets. */
export async function passTime(clock: ManualClock, until: Promise<unknown>): Promise<void> {
  const isOver = until.then(() => true);
  while (!(await Promise.race([isOver, pause(5, false)]))) await clock.advance(100);
}
