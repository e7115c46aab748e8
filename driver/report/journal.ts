import type { Journal } from '../../node-agent/ports.ts';
import { describeEvent } from './event-line.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { NodeEvents } from './node-events.ts';
import type { PodEvents } from './pod-events.ts';
import type { SpareMemory } from '../spare-memory.ts';
import type { AdminMemory } from '../admin/memory.ts';

/** What is made of what the agent notes. */
export interface Reporting {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent: there is no cluster. */
  readonly podEvents?: Pick<PodEvents, 'note'> | undefined;
  /** Absent: the same. */
  readonly nodeEvents?: Pick<NodeEvents, 'note'> | undefined;
  /** Absent: memory is left to V8. */
  readonly spareMemory?: Pick<SpareMemory, 'note'>;
  /** Absent: there is no admin listener. */
  readonly admin?: Pick<AdminMemory, 'note'> | undefined;
}

/** A journal that makes a log line and a count of every event, and of some of them an event on the pod or the node. */
export function createJournal({ log, metrics, podEvents, nodeEvents, spareMemory, admin }: Reporting): Journal {
  return {
    note(event) {
      metrics.countEvent(event);
      podEvents?.note(event);
      nodeEvents?.note(event);
      spareMemory?.note(event);
      admin?.note(event);
      const { level, message, fields } = describeEvent(event);
      log[level](message, fields);
    },
  };
}
