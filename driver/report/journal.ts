import type { Journal } from '../../node-agent/ports.ts';
import { describeEvent } from './event-line.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** A journal that makes a log line and a count of every event. */
export function createJournal({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }): Journal {
  return {
    note(event) {
      metrics.countEvent(event);
      const { level, message, fields } = describeEvent(event);
      log[level](message, fields);
    },
  };
}
