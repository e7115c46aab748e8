import { NOT_NEEDED, type Clock } from '../clock.ts';
import type { Failure } from '../events.ts';
import { toFailure } from '../failure.ts';
import type { Journal } from '../ports.ts';
import { ApiError, isExpired } from './api-error.ts';
import type { ApiObject, Resource, Selector } from './api-object.ts';
import type { KubernetesApi } from './api.ts';
import { backOffMs } from './api-back-off.ts';
import { ObjectCache, type ObjectKey } from './object-cache.ts';
import { Watchdog } from './watchdog.ts';
import type { WatchEvent } from './watch-stream.ts';

/** What is watched, and by what means. */
export interface WatchOptions<T> {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly resource: Resource;
  readonly selector: Selector;
  /** Keeps of an object what its readers need: the cache lives as long as the object. */
  readonly trim: (object: ApiObject) => T;
  /** By what else than its name an object is looked for. */
  readonly groupOf?: (kept: T) => string;
  /** In [0, 1): spreads what many nodes would do at once. */
  readonly random: () => number;
}

/**
 * API servers send a bookmark about once a minute (up to 75 s). What is silent for longer is taken for a connection whose
 * other end is gone, and opened anew.
 */
const LONGEST_SILENCE_MS = 90_000;
/** A watch that the server ends sooner than this without having said a word was no watch. */
const SHORTEST_LIFE_MS = 10_000;
/** client-go ends its watches after 5 to 10 minutes, so that the nodes spread over API servers again. */
const SHORTEST_TIMEOUT_SECONDS = 300;
/** For waiting for what concerns all objects. */
const NO_OBJECT: ObjectKey = { namespace: '', name: '' };

/**
 * Keeps copies of the objects that a selector selects, by one list and one watch that is resumed where it ended.
 * While the watch cannot be held, each back-off step lists: one call for all who wait, and no other polling.
 */
export class ObjectWatch<T> {
  readonly #options: WatchOptions<T>;
  readonly #cache: ObjectCache<T>;
  /** The version to continue from; undefined when a list must come first. */
  #resumeFrom: string | undefined;
  #isSynced = false;
  #isOpen = false;
  #failure: Failure | undefined;
  #failures = 0;

  constructor(options: WatchOptions<T>) {
    this.#options = options;
    this.#cache = new ObjectCache(options.trim, options.groupOf);
  }

  /** Watches until the signal is aborted. */
  start(signal: AbortSignal): void {
    void this.#run(signal);
  }

  /** The objects as last seen; what the caller itself created or deleted it puts in and takes out, the watch may tell it later. */
  get objects(): ObjectCache<T> {
    return this.#cache;
  }

  /** Resolves once there has been a first list, until which `objects` says nothing; tells each failure on the way. */
  async synced(whileDown: (failure: Failure) => void, signal: AbortSignal): Promise<void> {
    while (!this.#isSynced) {
      if (this.#failure !== undefined) whileDown(this.#failure);
      await this.#cache.changed(NO_OBJECT, signal);
    }
  }

  /** Whether there has been a first list. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Why the watch is down; undefined while it is up. Whoever waits for an object is woken when this changes. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#watchOnce(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  /** Lists if need be, then follows the watch until the server ends it in good order. */
  async #watchOnce(signal: AbortSignal): Promise<void> {
    const resourceVersion = this.#resumeFrom ?? (await this.#list(signal));
    const { api, clock, resource, selector, random } = this.#options;
    const timeoutSeconds = Math.round(SHORTEST_TIMEOUT_SECONDS * (1 + random()));
    const stream = new AbortController();
    const stop = () => stream.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const watchdog = new Watchdog(clock, LONGEST_SILENCE_MS);
    const isSilent = watchdog.silence(stream.signal).then((isSilent) => {
      if (!isSilent) return;
      // Something in between may hold back what a watch says; a list gets through.
      this.#resumeFrom = undefined;
      stream.abort(new ApiError(`The watch said nothing for ${LONGEST_SILENCE_MS / 1_000} s`));
    });
    try {
      const events = await api.watch(resource, { selector, resourceVersion, timeoutSeconds }, stream.signal);
      await this.#follow(events, resourceVersion, watchdog);
    } catch (error) {
      stream.signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      stream.abort(NOT_NEEDED);
      await isSilent;
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { api, resource, selector } = this.#options;
    this.#cache.beginList();
    const { resourceVersion, items } = await api.list(resource, selector, signal);
    this.#isSynced = true;
    this.#resumeFrom = resourceVersion;
    this.#cache.replace(items);
    return resourceVersion;
  }

  async #follow(events: AsyncIterable<WatchEvent>, resourceVersion: string, watchdog: Watchdog): Promise<void> {
    const openedAt = this.#options.clock.now();
    let isHeard = false;
    this.#opened(resourceVersion);
    for await (const event of events) {
      isHeard = true;
      this.#failures = 0;
      watchdog.heard();
      this.#apply(event);
    }
    const livedMs = this.#options.clock.now().getTime() - openedAt.getTime();
    if (!isHeard && livedMs < SHORTEST_LIFE_MS) throw new ApiError('The watch was ended at once');
  }

  #apply(event: WatchEvent): void {
    switch (event.kind) {
      case 'changed':
        this.#cache.put(event.object);
        this.#resumeFrom = event.object.metadata.resourceVersion;
        return;
      case 'deleted':
        this.#cache.remove(event.object.metadata);
        this.#resumeFrom = event.object.metadata.resourceVersion;
        return;
      case 'bookmark':
        this.#resumeFrom = event.resourceVersion;
        return;
      default:
        event satisfies never;
    }
  }

  #opened(resourceVersion: string): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#failure = undefined;
    this.#options.journal.note({ kind: 'watch-opened', resource: this.#options.resource.plural, resourceVersion });
    this.#cache.wakeAll();
  }

  /** Waits before the next attempt, which resumes after a first failure and lists after another one or where the version is gone. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, journal, resource, random } = this.#options;
    this.#failures += 1;
    const isFirst = this.#failures === 1;
    if (!isFirst || isExpired(error)) this.#resumeFrom = undefined;
    const delayMs = isFirst && isExpired(error) ? 0 : backOffMs(this.#failures, error, random);
    this.#isOpen = false;
    this.#failure = toFailure(error);
    const retryAt = new Date(clock.now().getTime() + delayMs);
    journal.note({ kind: 'watch-lost', resource: resource.plural, failure: this.#failure, retryAt });
    this.#cache.wakeAll();
    // Only an abort ends the sleep early, and the loop sees that for itself.
    await clock.sleep(delayMs, signal).catch(() => {});
  }
}
