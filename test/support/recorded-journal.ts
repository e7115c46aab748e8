import type { AgentEvent } from '../../node-agent/events.ts';
import type { Journal } from '../../node-agent/ports.ts';

type EventOf<K extends AgentEvent['kind']> = Extract<AgentEvent, { readonly kind: K }>;

/** Keeps what is noted, and lets a test await an event in place of a delay. */
export class RecordedJournal implements Journal {
  readonly events: AgentEvent[] = [];
  readonly #awaiting = new Set<(event: AgentEvent) => void>();

  note(event: AgentEvent): void {
    this.events.push(event);
    for (const tell of this.#awaiting) tell(event);
  }

  all<K extends AgentEvent['kind']>(kind: K): readonly EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => event.kind === kind);
  }

  /** Resolves with the `count`-th event of a kind, which may have been noted already; 1 is the first. */
  nth<K extends AgentEvent['kind']>(kind: K, count: number): Promise<EventOf<K>> {
    return new Promise((resolve) => {
      const look = () => {
        const event = this.all(kind)[count - 1];
        if (event === undefined) return;
        this.#awaiting.delete(look);
        resolve(event);
      };
      this.#awaiting.add(look);
      look();
    });
  }

  /** Resolves with the first event from now on that is meant. */
  next(isMeant: (event: AgentEvent) => boolean): Promise<AgentEvent> {
    return new Promise((resolve) => {
      const look = (event: AgentEvent) => {
        if (!isMeant(event)) return;
        this.#awaiting.delete(look);
        resolve(event);
      };
      this.#awaiting.add(look);
    });
  }
}
