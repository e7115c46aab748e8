import type { Clock } from '../clock.ts';
import type { FoundIssuer, IssuerRegistry } from '../issuers/registry.ts';
import type { Order, PublishRequest } from '../ports.ts';
import type { Parsed } from '../spec/parsed.ts';
import { parseServiceAccountToken, type ServiceAccountToken } from '../spec/service-account-token.ts';
import type { VolumeSpec } from '../spec/volume-spec.ts';
import { waitUntilAborted } from '../wait.ts';

/** What it works with. */
interface Parts {
  readonly clock: Clock;
  readonly issuers: IssuerRegistry;
}

/** The token that a publish brings, for an issuer that uses it; undefined for any other. */
export function tokenOf(request: PublishRequest, found: FoundIssuer): Parsed<ServiceAccountToken> | undefined {
  return found.kind === 'found' && found.issuer.usesPodToken === true ? parseServiceAccountToken(request) : undefined;
}

/** The last token of its pod's service account that a volume was sent: in memory alone, and only where its issuer uses it. */
export class PodToken {
  readonly #parts: Parts;
  #latest: ServiceAccountToken | undefined;
  #next = Promise.withResolvers<void>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes the token of a publish. One that brings none, or none that can be read, changes nothing: the pod may be running. */
  keep(request: PublishRequest, spec: VolumeSpec | undefined): void {
    if (spec === undefined) return;
    const token = tokenOf(request, this.#parts.issuers.find(spec.issuer, spec.wanted));
    if (token?.kind !== 'parsed') return;
    this.#latest = token.value;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  /** See {@link Order.podToken}. A function of its own, to be handed on. */
  readonly read: Order['podToken'] = async (waiting, signal) => {
    for (;;) {
      signal.throwIfAborted();
      if (this.#latest !== undefined && this.#latest.expiresAt > this.#parts.clock.now()) return this.#latest.text;
      waiting({ reason: this.#missing() });
      await waitUntilAborted(this.#next.promise, signal, (reason) => reason);
    }
  };

  #missing(): string {
    const why =
      this.#latest === undefined
        ? "no token of the pod's service account has come since the driver started"
        : `the token of the pod's service account expired at ${this.#latest.expiresAt.toISOString()}`;
    return `${why}; kubelet's next call brings one where the CSIDriver object has tokenRequests: [{audience: ""}] and requiresRepublish: true`;
  }
}
