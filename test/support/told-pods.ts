import type { PodFacts } from '../../node-agent/pod-facts.ts';
import type { PodSight, Pods } from '../../node-agent/ports.ts';

/** A pod before its sandbox, as kubelet publishes its volumes. */
export const WITHOUT_IP: PodFacts = { labels: {}, annotations: {}, ips: [], conditions: [] };
/** The same with two addresses. */
export const WITH_IPS: PodFacts = { ...WITHOUT_IP, ips: ['10.0.0.7', '2001:db8::7'] };

/** Every pod as the test tells it; at first none has an IP. */
export class ToldPods implements Pods {
  #sight: PodSight = { facts: WITHOUT_IP };
  readonly #waiters = new Set<() => void>();

  start(): void {}

  look(): PodSight {
    return this.#sight;
  }

  tell(sight: PodSight): void {
    this.#sight = sight;
    for (const wake of this.#waiters) wake();
  }

  changed(_: unknown, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#waiters.delete(settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.#waiters.add(settle);
      signal.addEventListener('abort', settle);
      if (signal.aborted) settle();
    });
  }
}
