import { randomBytes } from 'node:crypto';
import type { Clock } from '../../node-agent/clock.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import { EVENTS, NAMESPACE_OF_NODE_EVENTS, nodeEventManifest } from './event-manifest.ts';
import type { EventApi } from './pod-events.ts';

/** What events about the node are written with. */
export interface NodeEventsOptions {
  readonly api: EventApi;
  readonly clock: Clock;
  readonly nodeId: string;
  /** Aborted when the process is to end. */
  readonly signal: AbortSignal;
}

/**
 * Tells on the node what keeps pods away from it, where somebody looks who wonders about that: once, since the log has every attempt. Where it
 * cannot be told, it is with the next attempt.
 */
export class NodeEvents {
  readonly #options: NodeEventsOptions;
  #isTold = false;

  constructor(options: NodeEventsOptions) {
    this.#options = options;
  }

  /** Returns at once, and never throws. */
  note(event: AgentEvent): void {
    if (event.kind === 'startup-taint-removed') this.#isTold = false;
    if (event.kind === 'startup-taint-kept' && !this.#isTold) void this.#tell(event.failure.message);
  }

  async #tell(why: string): Promise<void> {
    const { api, clock, nodeId, signal } = this.#options;
    this.#isTold = true;
    const name = `podcert-startup-taint.${randomBytes(8).toString('hex')}`;
    const note = `The start-up taint cannot be removed, and keeps pods away: ${why}`;
    const manifest = nodeEventManifest({ name, reason: 'StartupTaintKept', note, at: clock.now() }, nodeId);
    try {
      await api.apply(EVENTS, { namespace: NAMESPACE_OF_NODE_EVENTS, name }, manifest, signal);
    } catch {
      this.#isTold = false;
    }
  }
}
