import { HOUR_MS, MINUTE_MS, type Clock } from '../../node-agent/clock.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import { toFailure } from '../../node-agent/failure.ts';
import type { VolumeId } from '../../node-agent/volume-id.ts';
import { eventManifest, EVENTS } from './event-manifest.ts';
import { EventSeries } from './event-series.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { endedBy, podEventOf, type PodEvent, type PodEventReason } from './pod-event.ts';

/** The Kubernetes API as far as pod events need it. */
export interface EventApi {
  /** Makes the object, or makes the one of that name so. */
  apply(
    resource: typeof EVENTS,
    key: { readonly namespace: string; readonly name: string },
    object: object,
    signal: AbortSignal,
  ): Promise<void>;
}

/** Calls something once, after a time; another one under the same key replaces it. */
interface Timer {
  setIn(key: string, delayMs: number, run: () => void): void;
  remove(key: string): void;
}

/** What pod events are written with. */
export interface PodEventsOptions {
  readonly api: EventApi;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'countPodEvent'>;
  readonly nodeId: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Aborted when the process is to end: a call in flight is given up, and none follows. */
  readonly signal: AbortSignal;
}

/** More than a full node has trouble with at a time; the rest of a flood is dropped, the longest unseen first. */
const MOST_SERIES = 1_000;

/** The API server keeps an event for an hour after its last change, unless told otherwise (kube-apiserver, `--event-ttl`). */
const FORGET_MS = HOUR_MS;

/** One call at a time and this long from one to the next, so that a burst of pods is not one of calls. */
const PAUSE_MS = 500;
const FIRST_BACK_OFF_MS = 1_000;
const LONGEST_BACK_OFF_MS = 5 * MINUTE_MS;

/** With a colon, which no volume id has: volumes have their entries under their ids. */
const TIMER = 'events:pods';

/**
 * Writes what pods' owners should know as events on the pods: one object for what happens again and again, by few calls, and never
 * in anybody's way.
 */
export class PodEvents {
  readonly #options: PodEventsOptions;
  /** By volume and reason, the longest unseen first. */
  readonly #series = new Map<string, EventSeries>();
  #isCalling = false;
  #failures = 0;
  #resumeMs = 0;
  #complainedAt: Date | undefined;

  constructor(options: PodEventsOptions) {
    this.#options = options;
  }

  /** Returns at once; what comes of the call that may follow is in log and metrics. */
  note(event: AgentEvent): void {
    if (event.kind === 'unpublished') this.#forget(event.volumeId);
    else {
      // Only a renewal after trouble is news.
      const hadTrouble = 'pod' in event && this.#end(event.volumeId, endedBy(event));
      const told = podEventOf(event);
      if (told === undefined || (event.kind === 'renewed' && !hadTrouble)) return;
      this.#observe(told);
    }
    this.#arm();
  }

  #observe(event: PodEvent): void {
    const now = this.#options.clock.now();
    this.#dropWhile(({ lastAt }) => now.getTime() - lastAt.getTime() > FORGET_MS);
    const key = keyOf(event.volumeId, event.reason);
    const known = this.#series.get(key);
    known?.observe(event, now);
    this.#series.delete(key);
    this.#series.set(key, known ?? new EventSeries(event, now));
    this.#dropWhile(() => this.#series.size > MOST_SERIES);
  }

  /** Drops the longest unseen, one by one. */
  #dropWhile(isToGo: (series: EventSeries) => boolean): void {
    for (const [key, series] of this.#series) {
      if (!isToGo(series)) return;
      this.#series.delete(key);
      if (series.dueMs !== undefined) this.#options.metrics.countPodEvent('dropped');
    }
  }

  /** @returns whether any of them was not over before. */
  #end(volumeId: VolumeId, troubles: readonly PodEventReason[]): boolean {
    return troubles.filter((reason) => this.#series.get(keyOf(volumeId, reason))?.end()).length > 0;
  }

  #forget(volumeId: VolumeId): void {
    for (const [key, series] of this.#series) if (series.volumeId === volumeId) this.#series.delete(key);
  }

  /** Sets the one timer to when the next call is due, if one is. */
  #arm(): void {
    const { clock, timer } = this.#options;
    if (this.#isCalling) return;
    const next = this.#next();
    if (next === undefined) return timer.remove(TIMER);
    const delayMs = Math.max(next.dueMs, this.#resumeMs) - clock.now().getTime();
    // Longer than any back-off only where the clock was set back.
    timer.setIn(TIMER, Math.min(delayMs, 1.5 * LONGEST_BACK_OFF_MS), () => void this.#tell(next.series));
  }

  #next(): { readonly series: EventSeries; readonly dueMs: number } | undefined {
    let next: { readonly series: EventSeries; readonly dueMs: number } | undefined;
    for (const series of this.#series.values()) {
      const { dueMs } = series;
      if (dueMs !== undefined && (next === undefined || dueMs < next.dueMs)) next = { series, dueMs };
    }
    return next;
  }

  /** One call; never throws. */
  async #tell(series: EventSeries): Promise<void> {
    const { api, clock, nodeId, signal } = this.#options;
    if (signal.aborted) return;
    this.#isCalling = true;
    const reported = series.attempt(clock.now());
    try {
      const key = { namespace: reported.event.pod.namespace, name: reported.name };
      await api.apply(EVENTS, key, eventManifest(reported, nodeId), signal);
      series.told(reported);
      this.#succeeded();
    } catch (error) {
      this.#failed(error);
    }
    this.#isCalling = false;
    this.#resumeMs = clock.now().getTime() + this.#pauseMs();
    this.#arm();
  }

  #succeeded(): void {
    const { clock, metrics } = this.#options;
    metrics.countPodEvent('told');
    this.#failures = 0;
    const isOld = this.#complainedAt !== undefined && clock.now().getTime() - this.#complainedAt.getTime() >= HOUR_MS;
    if (isOld) this.#complainedAt = undefined;
  }

  /**
   * What makes one call fail often makes all of them fail, such as a right that is missing: that is said once, not for each. It is said again
   * an hour later at the earliest, and only if calls have succeeded meanwhile.
   */
  #failed(error: unknown): void {
    const { clock, log, metrics, signal } = this.#options;
    if (signal.aborted) return;
    this.#failures += 1;
    metrics.countPodEvent('failed');
    if (this.#complainedAt !== undefined) return;
    this.#complainedAt = clock.now();
    const { code, message } = toFailure(error);
    log.info('An event of a pod could not be written; further failures are only counted', { code, reason: message });
  }

  #pauseMs(): number {
    if (this.#failures === 0) return PAUSE_MS;
    const backOffMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (this.#failures - 1), LONGEST_BACK_OFF_MS);
    return backOffMs * (0.5 + this.#options.random());
  }
}

function keyOf(volumeId: VolumeId, reason: PodEventReason): string {
  return `${volumeId} ${reason}`;
}
