import { MINUTE_MS, type Clock } from '../clock.ts';
import { toFailure } from '../failure.ts';
import { array, record } from '../json-value.ts';
import type { Journal } from '../ports.ts';
import { STARTUP_TAINT } from '../startup-taint.ts';
import { backOffMs } from './api-back-off.ts';
import { ApiError } from './api-error.ts';
import type { KubernetesApi } from './api.ts';

/** Whose taint it is, and by what means it is removed. */
export interface StartupTaintOptions {
  readonly api: Pick<KubernetesApi, 'readOfCluster' | 'patchOfCluster'>;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly nodeName: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const NODES = { group: '', version: 'v1', plural: 'nodes' };
/** A right that is missing is missing on every node: together they must not weigh on the API server. */
const LONGEST_BACK_OFF_MS = 5 * MINUTE_MS;

/** The taint of this node that keeps pods away until the driver is registered; no other taint is ever touched. */
export class StartupTaint {
  readonly #options: StartupTaintOptions;
  #isUnderWay = false;

  constructor(options: StartupTaintOptions) {
    this.#options = options;
  }

  /** Removes it, if it is there: tries until it is gone or the signal is aborted, and never rejects. A second call meanwhile does nothing. */
  async remove(signal: AbortSignal): Promise<void> {
    const { clock, journal, nodeName, random } = this.#options;
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await this.#removeOnce(signal);
        break;
      } catch (error) {
        if (signal.aborted) break;
        const delayMs = backOffMs(failures, error, random, { mostMs: LONGEST_BACK_OFF_MS });
        const retryAt = new Date(clock.now().getTime() + delayMs);
        if (failures > 1 || !isOvertaken(error)) {
          journal.note({ kind: 'startup-taint-kept', nodeName, failure: toFailure(error), retryAt });
        }
        // Only an abort ends the sleep early, and the loop sees that for itself.
        await clock.sleep(delayMs, signal).catch(() => {});
      }
    }
    this.#isUnderWay = false;
  }

  async #removeOnce(signal: AbortSignal): Promise<void> {
    const { api, journal, nodeName } = this.#options;
    const node = await api.readOfCluster(NODES, nodeName, signal);
    const taints = array(record(node['spec'])?.['taints']);
    const operations = taints.flatMap((taint, index) => (record(taint)?.['key'] === STARTUP_TAINT ? [removal(taint, index)] : []));
    if (operations.length === 0) return;
    // From the end, so that the places of the others stay as they are.
    await api.patchOfCluster(NODES, nodeName, operations.toReversed().flat(), signal);
    journal.note({ kind: 'startup-taint-removed', nodeName });
  }
}

/**
 * Takes out what is at that place only if it is still what was seen there. Others' taints may come and go meanwhile, so the whole list
 * is never written; and since the node's version changes with each of kubelet's heartbeats, that is not what is compared.
 */
function removal(taint: unknown, index: number): readonly object[] {
  const path = `/spec/taints/${index}`;
  return [
    { op: 'test', path, value: taint },
    { op: 'remove', path },
  ];
}

/** Whether somebody else changed the node meanwhile: 409 where the API server gave up, 422 where what was seen is no longer there. */
function isOvertaken(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 409 || error.status === 422);
}
