import { AgentError } from '../errors.ts';
import { withRequestName } from '../named-request.ts';
import type { Waiting } from '../ports.ts';
import { waitUntilAborted } from '../wait.ts';

/** What a volume does for one certificate, and how it is told that nobody waits any more, or somebody does again. */
export interface IssuanceWork {
  run(waiting: (why: Waiting) => void, signal: AbortSignal): Promise<void>;
  callersChanged(callers: number): void;
  waitingChanged(why: Waiting): void;
}

/** One issuance, owned by its volume. Calls join it and leave it, each with its own signal; it goes on without them. */
export class IssuanceInFlight {
  readonly #controller = new AbortController();
  readonly #work: IssuanceWork;
  readonly #done: Promise<void>;
  readonly #released = Promise.withResolvers<void>();
  #callers = 0;
  #waiting: Waiting | undefined;

  constructor(work: IssuanceWork) {
    this.#work = work;
    this.#done = work.run((why) => this.#note(why), this.#controller.signal);
    // A failure that no call waits for is told by the volume's own journal.
    this.#done.catch(() => undefined);
  }

  /** Why it has not ended, as last told; undefined before the first word. */
  get waiting(): Waiting | undefined {
    return this.#waiting;
  }

  /** Waits for its end, or until it is released. @throws what it fails with; `issuance-pending` with the issuer's latest words once the signal is aborted. */
  async join(signal: AbortSignal): Promise<void> {
    this.#work.callersChanged((this.#callers += 1));
    try {
      await waitUntilAborted(Promise.race([this.#done, this.#released.promise]), signal, (cause) => this.#pending(cause));
    } finally {
      this.#work.callersChanged((this.#callers -= 1));
    }
  }

  /** Lets everybody who waits for it go, as if it had ended well; it goes on. */
  release(): void {
    this.#released.resolve();
  }

  /** Ends it and waits until it has ended; never throws. */
  async abort(reason: Error): Promise<void> {
    this.#controller.abort(reason);
    await this.#done.catch(() => undefined);
  }

  #note(why: Waiting): void {
    const isNew = why.reason !== this.#waiting?.reason || why.requestName !== this.#waiting.requestName;
    this.#waiting = why;
    if (isNew) this.#work.waitingChanged(why);
  }

  #pending(cause: unknown): AgentError {
    const why = describeWaiting(this.#waiting);
    return new AgentError('issuance-pending', `The certificate is not issued yet: ${why}; the issuance goes on`, { cause });
  }
}

/** Why there is no certificate yet, as a clause; also before the issuer has said anything. */
export function describeWaiting(waiting: Waiting | undefined): string {
  const known = waiting ?? { reason: 'the key or the request is being made' };
  return withRequestName(known.reason, known);
}
