import { MINUTE_MS } from '../clock.ts';
import type { VolumeId } from '../volume-id.ts';
import type { VolumeTools } from './volume-tools.ts';

/** How long a first issuance goes on that no call waits for. */
const ABANDONED_MS = 10 * MINUTE_MS;

/** Notices that nobody has waited for one issuance for too long, once somebody has. */
export class Abandonment {
  readonly #tools: Pick<VolumeTools, 'agenda' | 'clock'>;
  readonly #key: string;
  readonly #abandon: () => void;
  #isOver = false;

  constructor(tools: Pick<VolumeTools, 'agenda' | 'clock'>, volumeId: VolumeId, abandon: () => void) {
    this.#tools = tools;
    this.#key = `abandon:${volumeId}`;
    this.#abandon = abandon;
  }

  callersChanged(callers: number): void {
    // Those who waited until its end leave only then.
    if (this.#isOver) return;
    const { agenda, clock } = this.#tools;
    if (callers > 0) agenda.remove(this.#key);
    else agenda.set(this.#key, new Date(clock.now().getTime() + ABANDONED_MS), this.#abandon);
  }

  /** The issuance is over, or its volume is mounted and needs no caller. */
  end(): void {
    this.#isOver = true;
    this.#tools.agenda.remove(this.#key);
  }
}
