import type { Waiting } from '../ports.ts';
import type { VolumeId } from '../volume-id.ts';
import { Abandonment } from './abandonment.ts';
import { IssuanceInFlight } from './issuance-in-flight.ts';
import { LongWait } from './long-wait.ts';
import type { LastingWait } from './long-wait.ts';
import type { VolumeTools } from './volume-tools.ts';

/** What a volume does for one certificate, and how it is told of an issuance that takes its time. */
export interface IssuingWork {
  run(waiting: (why: Waiting) => void, signal: AbortSignal): Promise<void>;
  waiting(why: Waiting): void;
  stillWaiting(wait: LastingWait): void;
  /** Nobody has waited for the first certificate for too long. */
  abandoned(): void;
}

/** The one issuance that a volume may have under way, with its two timers: it waits for long, and nobody waits for it. */
export class Issuing {
  readonly #tools: Pick<VolumeTools, 'agenda' | 'clock'>;
  readonly #volumeId: VolumeId;
  readonly #work: IssuingWork;
  readonly #wait: LongWait;
  #issuance: IssuanceInFlight | undefined;
  #abandonment: Abandonment | undefined;

  constructor(tools: Pick<VolumeTools, 'agenda' | 'clock'>, volumeId: VolumeId, work: IssuingWork) {
    this.#tools = tools;
    this.#volumeId = volumeId;
    this.#work = work;
    this.#wait = new LongWait(tools, volumeId, (wait) => work.stillWaiting(wait));
  }

  /** Why it has not ended, as last told; undefined before the first word, and where none is under way. */
  get waiting(): Waiting | undefined {
    return this.#issuance?.waiting;
  }

  /** The request that it has waited for last, to be spread into an event. */
  get request(): Pick<Waiting, 'requestName'> {
    return this.#wait.request;
  }

  /** Begins one, whether anybody waits for it or not. To be called where none is under way. */
  start(): IssuanceInFlight {
    const abandonment = new Abandonment(this.#tools, this.#volumeId, () => this.#work.abandoned());
    const issuance = new IssuanceInFlight({
      run: (waiting, signal) => this.#work.run(waiting, signal),
      callersChanged: (callers) => abandonment.callersChanged(callers),
      waitingChanged: (why) => {
        this.#work.waiting(why);
        if (this.#issuance === issuance) this.#wait.changed(why);
      },
    });
    this.#issuance = issuance;
    this.#abandonment = abandonment;
    return issuance;
  }

  /** Waits for the one under way, or for one that is started now. @throws as `IssuanceInFlight`. */
  join(signal: AbortSignal): Promise<void> {
    return (this.#issuance ?? this.start()).join(signal);
  }

  /** Lets all who wait go, as if it had ended well; it goes on, and nobody need wait for it any more. */
  release(): void {
    this.#abandonment?.end();
    this.#issuance?.release();
  }

  /** It is over, and with it what is known of it. */
  ended(): void {
    this.#issuance = undefined;
    this.#wait.end();
    this.#abandonment?.end();
    this.#abandonment = undefined;
  }

  /** Ends it and waits until it has ended; never throws. */
  async abort(reason: Error): Promise<void> {
    await this.#issuance?.abort(reason);
  }
}
