import type { Clock } from '../clock.ts';
import type { PodCondition, PodFacts } from '../pod-facts.ts';
import type { Journal, PodSight, Pods } from '../ports.ts';
import type { PodReference } from '../wanted.ts';
import type { ApiObject } from './api-object.ts';
import type { KubernetesApi } from './api.ts';
import { array, record, text } from '../json-value.ts';
import { ObjectWatch } from './object-watch.ts';

/** What the watch works with. */
export interface PodWatchOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly nodeName: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

interface SeenPod {
  readonly uid: string;
  readonly facts: PodFacts;
}

const PODS = { group: '', version: 'v1', plural: 'pods' };

/** The pods of one node by one watch, which begins when a pod is first asked for: most nodes have no volume that asks. */
export class PodWatch implements Pods {
  readonly #watch: ObjectWatch<SeenPod>;
  #lifetime: AbortSignal = AbortSignal.abort();
  #isStarted = false;

  constructor({ nodeName, ...options }: PodWatchOptions) {
    this.#watch = new ObjectWatch({ ...options, resource: PODS, selector: { fieldSelector: `spec.nodeName=${nodeName}` }, trim: readPod });
  }

  start(signal: AbortSignal): void {
    this.#lifetime = signal;
  }

  look({ namespace, name, uid }: PodReference): PodSight {
    if (!this.#isStarted) this.#watch.start(this.#lifetime);
    this.#isStarted = true;
    const { objects, failure, isSynced } = this.#watch;
    const pod = objects.get({ namespace, name });
    // A pod of a StatefulSet has the name of the one before it.
    if (pod?.uid === uid) return { facts: pod.facts, ...(failure && { failure }) };
    if (failure !== undefined) return { failure };
    if (!isSynced) return {};
    const [anyPod] = objects.values();
    return anyPod === undefined ? { isNobodyThere: true } : { isMissing: true };
  }

  changed({ namespace, name }: PodReference, signal: AbortSignal): Promise<void> {
    return this.#watch.objects.changed({ namespace, name }, signal);
  }
}

function readPod({ metadata: { uid, labels, annotations }, status }: ApiObject): SeenPod {
  const [ips, conditions] = [array(record(status)?.['podIPs']), array(record(status)?.['conditions'])];
  return {
    uid,
    facts: {
      labels,
      annotations,
      ips: ips.map((ip) => text(record(ip)?.['ip'])).filter(Boolean),
      conditions: conditions.map(readCondition),
    },
  };
}

function readCondition(value: unknown): PodCondition {
  const condition = record(value);
  return { type: text(condition?.['type']), status: text(condition?.['status']) };
}
