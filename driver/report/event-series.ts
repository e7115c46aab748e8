import { randomBytes } from 'node:crypto';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { isAlike } from '../../node-agent/failure.ts';
import type { ReportedEvent } from './event-manifest.ts';
import type { PodEvent } from './pod-event.ts';

/** The API hears of a volume and reason once in this time at most. */
const PACE_MS = MINUTE_MS;

/** The longest name of an object (RFC 1123, section 2.1, as Kubernetes takes it). */
const LONGEST_NAME = 253;

/**
 * One reason of one volume. What is observed again in the same words is one object of the API with a count; other words, or trouble that comes back after
 * it was over, begin another one, since the words of an object cannot be changed.
 */
export class EventSeries {
  readonly volumeId: PodEvent['volumeId'];
  #reported: ReportedEvent;
  #toldCount = 0;
  #dueMs: number;
  #isOver = false;

  constructor(event: PodEvent, now: Date) {
    this.volumeId = event.volumeId;
    this.#reported = begin(event, now);
    this.#dueMs = now.getTime();
  }

  /** When it was observed last. */
  get lastAt(): Date {
    return this.#reported.lastAt;
  }

  /** From when on the API may be told; undefined while there is nothing that it does not know. */
  get dueMs(): number | undefined {
    return this.#reported.count > this.#toldCount ? this.#dueMs : undefined;
  }

  /** It is observed again. */
  observe(event: PodEvent, now: Date): void {
    if (this.#isOver || !isAlike(event.note, this.#reported.event.note)) {
      this.#isOver = false;
      this.#toldCount = 0;
      this.#reported = begin(event, now);
      return;
    }
    this.#reported = { ...this.#reported, lastAt: now, count: this.#reported.count + 1 };
  }

  /** What it tells of is over. @returns whether it was not over before. */
  end(): boolean {
    const wasOn = !this.#isOver;
    this.#isOver = true;
    return wasOn;
  }

  /** What to tell now. Whatever comes of that, the next attempt is a minute later at the earliest. */
  attempt(now: Date): ReportedEvent {
    this.#dueMs = now.getTime() + PACE_MS;
    return this.#reported;
  }

  /** The API knows this much. */
  told({ name, count }: ReportedEvent): void {
    if (name === this.#reported.name) this.#toldCount = count;
  }
}

function begin(event: PodEvent, now: Date): ReportedEvent {
  return { event, name: nameFor(event), firstAt: now, lastAt: now, count: 1 };
}

/** Random, so that two volumes of a pod, or two lives of this process, do not meet; after the pod, as everybody's events are. */
function nameFor({ pod }: PodEvent): string {
  const suffix = `.${randomBytes(8).toString('hex')}`;
  return `${pod.name.slice(0, LONGEST_NAME - suffix.length).replace(/[.-]+$/, '')}${suffix}`;
}
