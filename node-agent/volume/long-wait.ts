import { MINUTE_MS } from '../clock.ts';
import type { Waiting } from '../ports.ts';
import type { VolumeId } from '../volume-id.ts';
import type { VolumeTools } from './volume-tools.ts';

/** Every issuance waits a moment for its approver and its issuer: nobody need hear of that. */
const WORTH_TELLING_MS = 5_000;

/** How often a wait that goes on is told again. */
const AGAIN_MS = 10 * MINUTE_MS;

/** A wait that lasts, and since when. */
export interface LastingWait extends Waiting {
  readonly sinceAt: Date;
}

/** Tells of an issuance's wait once it has lasted for 5 s, then of a change 5 s after it came, and every 10 minutes while nothing changes. */
export class LongWait {
  readonly #tools: Pick<VolumeTools, 'agenda' | 'clock'>;
  readonly #key: string;
  readonly #tell: (wait: LastingWait) => void;
  #wait: LastingWait | undefined;
  #requestName: string | undefined;
  #isChanged = false;

  constructor(tools: Pick<VolumeTools, 'agenda' | 'clock'>, volumeId: VolumeId, tell: (wait: LastingWait) => void) {
    this.#tools = tools;
    this.#key = `wait:${volumeId}`;
    this.#tell = tell;
  }

  /** The request that the issuance has waited for last, to be spread into an event. */
  get request(): Pick<Waiting, 'requestName'> {
    return this.#requestName === undefined ? {} : { requestName: this.#requestName };
  }

  /** The wait has begun, or goes on for another reason. */
  changed(why: Waiting): void {
    this.#wait = { ...why, sinceAt: this.#wait?.sinceAt ?? this.#tools.clock.now() };
    this.#requestName = why.requestName ?? this.#requestName;
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#tellIn(WORTH_TELLING_MS);
  }

  /** The issuance is over, and with it what is known of it. */
  end(): void {
    this.#wait = undefined;
    this.#requestName = undefined;
    this.#isChanged = false;
    this.#tools.agenda.remove(this.#key);
  }

  #tellIn(delayMs: number): void {
    this.#tools.agenda.setIn(this.#key, delayMs, () => {
      this.#isChanged = false;
      this.#tellIn(AGAIN_MS);
      if (this.#wait !== undefined) this.#tell(this.#wait);
    });
  }
}
