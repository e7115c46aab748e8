import { MINUTE_MS } from '../clock.ts';
import type { VolumeTools } from './volume-tools.ts';

/** In the agenda; no volume id has a slash. */
const KEY = 'volumes/rounds';

/** Has the volumes looked at once a minute, which is when the agenda wakes anyway. */
export class Rounds {
  readonly #agenda: VolumeTools['agenda'];
  readonly #look: () => void;
  #isGoing = false;

  constructor({ agenda }: Pick<VolumeTools, 'agenda'>, look: () => void) {
    this.#agenda = agenda;
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
    this.#agenda.remove(KEY);
  }

  #enter(): void {
    this.#agenda.setIn(KEY, MINUTE_MS, () => {
      this.#enter();
      this.#look();
    });
  }
}
