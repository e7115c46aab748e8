import { AgentError } from '../../node-agent/errors.ts';
import type { IssuerRegistry } from '../../node-agent/issuers/registry.ts';
import type { Issuer, Order, Waiting } from '../../node-agent/ports.ts';
import type { Issued } from '../../node-agent/contents.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

interface Ask {
  readonly order: Order;
  readonly answer: PromiseWithResolvers<Issued>;
  /** While set, an abort does not end it. */
  held?: PromiseWithResolvers<void>;
}

/** What it tells from when it is asked until it answers. */
export const WAITING: Waiting = { reason: 'the test has not said yet' };

/** An issuer that answers when the test says so. It refuses a second order of a volume while one is under way. */
export class CommandedIssuer implements Issuer {
  readonly #authority: CertificateAuthority;
  readonly #durationMs: number;
  readonly #asks = new Map<string, Ask>();
  readonly #awaiting = new Set<() => void>();

  constructor(authority: CertificateAuthority, durationMs: number) {
    this.#authority = authority;
    this.#durationMs = durationMs;
  }

  /** Finds this issuer for everybody. */
  get registry(): IssuerRegistry {
    return { find: () => ({ kind: 'found', issuer: this }), start: () => {} };
  }

  async issue(order: Order, waiting: (why: Waiting) => void, signal: AbortSignal): Promise<Issued> {
    if (this.#asks.has(order.volumeId)) throw new Error(`Two issuances of ${order.volumeId} at once`);
    const ask: Ask = { order, answer: Promise.withResolvers() };
    this.#asks.set(order.volumeId, ask);
    waiting(WAITING);
    for (const look of this.#awaiting) look();
    signal.addEventListener('abort', () => ask.answer.reject(signal.reason), { once: true });
    try {
      return await ask.answer.promise;
    } finally {
      await ask.held?.promise;
      this.#asks.delete(order.volumeId);
    }
  }

  isAsked(volumeId: string): boolean {
    return this.#asks.has(volumeId);
  }

  /** Resolves once an issuance of the volume is under way. */
  asked(volumeId: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.#asks.has(volumeId)) return;
        this.#awaiting.delete(look);
        resolve();
      };
      this.#awaiting.add(look);
      look();
    });
  }

  async grant(volumeId: string): Promise<void> {
    const ask = this.#find(volumeId);
    const { chainPem, caPem } = await this.#authority.sign(ask.order.csrPem, { durationMs: this.#durationMs });
    ask.answer.resolve({ chainPem, issuerCaPem: caPem });
  }

  refuse(volumeId: string): void {
    this.#find(volumeId).answer.reject(new AgentError('request-failed', 'The test says no'));
  }

  /** Keeps an issuance from ending. @returns what lets it. */
  hold(volumeId: string): () => void {
    const held = Promise.withResolvers<void>();
    this.#find(volumeId).held = held;
    return () => held.resolve();
  }

  #find(volumeId: string): Ask {
    const ask = this.#asks.get(volumeId);
    if (ask === undefined) throw new Error(`No issuance of ${volumeId} is under way`);
    return ask;
  }
}
