import type { AgentEvent } from '../../node-agent/events.ts';
import type { Clock } from '../../node-agent/clock.ts';
import { History } from './history.ts';
import { Sightings } from './sightings.ts';

/** What is kept for the admin listener: little for each live volume. Where there is no listener there is no memory either. */
export interface AdminMemory {
  readonly history: History;
  readonly sightings: Sightings;
  note(event: AgentEvent): void;
}

/** An empty memory. */
export function rememberFor(clock: Clock): AdminMemory {
  const now = () => clock.now();
  const [history, sightings] = [new History(now), new Sightings(now)];
  return {
    history,
    sightings,
    note(event) {
      history.note(event);
      sightings.note(event);
    },
  };
}
