import { MINUTE_MS } from '../clock.ts';
import type { VolumeTools } from './volume-tools.ts';

/** In the agenda; no volume id has a slash. */
const KEY = 'volumes/rounds';

/** Has all volumes looked at once a minute, which is when the agenda wakes anyway. */
export class Rounds {
  readonly #tools: Pick<VolumeTools, 'agenda' | 'clock'>;
  readonly #look: () => void;
  #isGoing = false;

  constructor(tools: Pick<VolumeTools, 'agenda' | 'clock'>, look: () => void) {
    this.#tools = tools;
    this.#look = look;
  }

  /** There are volumes now. */
  begin(): void {
    if (this.#isGoing) return;
    this.#isGoing = true;
    this.#enter();
  }

  /** There are none any more. */
  end(): void {
    this.#isGoing = false;
    this.#tools.agenda.remove(KEY);
  }

  #enter(): void {
    const { agenda, clock } = this.#tools;
    agenda.set(KEY, new Date(clock.now().getTime() + MINUTE_MS), () => {
      this.#enter();
      this.#look();
    });
  }
}
