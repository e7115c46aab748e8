import type { AgentEvent, Failure } from '../../node-agent/events.ts';

/** A watch on the Kubernetes API, as it was told of last. */
export interface WatchSight {
  readonly resource: string;
  readonly isOpen: boolean;
  readonly sinceAt: Date;
  readonly failure?: Failure;
}

/** What was last heard of kubelet and of the watches: one small thing each, however often they are heard of. */
export class Sightings {
  readonly #now: () => Date;
  readonly #watches = new Map<string, WatchSight>();
  #isRegistered: boolean | undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Whether kubelet has registered the driver; undefined where that is not for the driver to see to, or not yet. */
  get isRegistered(): boolean | undefined {
    return this.#isRegistered;
  }

  get watches(): Iterable<WatchSight> {
    return this.#watches.values();
  }

  note(event: AgentEvent): void {
    if (event.kind !== 'watch-opened' && event.kind !== 'watch-lost') return;
    const failure = event.kind === 'watch-lost' && { failure: event.failure };
    this.#watches.set(event.resource, { resource: event.resource, isOpen: !failure, sinceAt: this.#now(), ...failure });
  }

  noteRegistration(isRegistered: boolean): void {
    this.#isRegistered = isRegistered;
  }
}
