import { MINUTE_MS } from '../clock.ts';
import type { VolumeId } from '../volume-id.ts';
import type { VolumeTools } from './volume-tools.ts';

/** How long a first issuance goes on that no call waits for. */
const ABANDONED_MS = 10 * MINUTE_MS;

/** Notices that nobody has waited for one issuance for too long, once somebody has. */
export class Abandonment {
  readonly #agenda: VolumeTools['agenda'];
  readonly #key: string;
  readonly #abandon: () => void;
  #isOver = false;

  constructor({ agenda }: Pick<VolumeTools, 'agenda'>, volumeId: VolumeId, abandon: () => void) {
    this.#agenda = agenda;
    this.#key = `abandon:${volumeId}`;
    this.#abandon = abandon;
  }

  callersChanged(callers: number): void {
    // Those who waited until its end leave only then.
    if (this.#isOver) return;
    if (callers > 0) this.#agenda.remove(this.#key);
    else this.#agenda.setIn(this.#key, ABANDONED_MS, this.#abandon);
  }

  /** The issuance is over, or its volume is mounted and needs no caller. */
  end(): void {
    this.#isOver = true;
    this.#agenda.remove(this.#key);
  }
}
