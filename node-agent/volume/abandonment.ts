import { MINUTE_MS } from '../clock.ts';
import type { VolumeId } from '../volume-id.ts';
import type { VolumeTools } from './volume-tools.ts';

/** How long a first issuance goes on that no call waits for. */
const ABANDONED_MS = 10 * MINUTE_MS;

/** Notices that nobody has waited for the first certificate for too long. */
export class Abandonment {
  readonly #tools: Pick<VolumeTools, 'agenda' | 'clock'>;
  readonly #key: string;
  readonly #abandon: () => void;

  constructor(tools: Pick<VolumeTools, 'agenda' | 'clock'>, volumeId: VolumeId, abandon: () => void) {
    this.#tools = tools;
    this.#key = `abandon:${volumeId}`;
    this.#abandon = abandon;
  }

  callersChanged(callers: number): void {
    const { agenda, clock } = this.#tools;
    if (callers > 0) agenda.remove(this.#key);
    else agenda.set(this.#key, new Date(clock.now().getTime() + ABANDONED_MS), this.#abandon);
  }

  /** The issuance is over, or the volume is mounted and needs no caller. */
  end(): void {
    this.#tools.agenda.remove(this.#key);
  }
}
