import { isObjectKey } from '../object-key.ts';
import type { PodReference } from '../wanted.ts';
import { type Fault, parsed, refused } from './parsed.ts';
import type { Surroundings } from './surroundings.ts';
import type { Meaning, Variables } from './variables.ts';
import { NO_API } from './wait-for.ts';

/** What stands for the pod's IPs until it has some (RFC 5737, RFC 3849): what cannot be made of any IP is told at once. */
const IP_STAND_INS = ['192.0.2.1', '2001:db8::1'];

const NO_WAIT: Fault = {
  why: 'is not known before the pod has started, and this volume does not wait for that',
  cure: 'set podcert.io/wait-for: pod-ip; the pod then starts before its files are there',
};

/** What `$POD_NAME`, `${POD_LABEL:name}` and the other variables stand for in one pod's attributes. */
export class PodVariables implements Variables {
  readonly known: readonly string[];
  readonly #texts: ReadonlyMap<string, string>;
  readonly #surroundings: Surroundings;
  #needsPod = false;

  constructor(pod: PodReference, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#texts = new Map([
      ['POD_NAME', pod.name],
      ['POD_NAMESPACE', pod.namespace],
      ['POD_UID', pod.uid],
      ['SERVICE_ACCOUNT_NAME', pod.serviceAccount],
      ['NODE_NAME', surroundings.nodeName],
    ]);
    this.known = [...[...this.#texts.keys()].map((name) => `$${name}`), '$POD_IP', '$POD_IPS', '${POD_LABEL:key}', '${POD_ANNOTATION:key}'];
  }

  /** Whether something was looked up that only the pod's object says. */
  get needsPod(): boolean {
    return this.#needsPod;
  }

  find(name: string): Meaning | undefined {
    const text = this.#texts.get(name);
    if (text !== undefined) return parsed(text);
    if (name === 'POD_IP' || name === 'POD_IPS') return this.#findIps(name === 'POD_IP' ? 1 : Infinity);
    const [, kind, key = ''] = /^POD_(LABEL|ANNOTATION):(.*)$/s.exec(name) ?? [];
    return kind === undefined ? undefined : this.#findOnObject(kind === 'LABEL' ? 'label' : 'annotation', key);
  }

  #findIps(most: number): Meaning {
    this.#needsPod = true;
    const { pod, waitsForIp } = this.#surroundings;
    if (pod === 'never') return refused(NO_API);
    if (!waitsForIp) return refused(NO_WAIT);
    const ips = pod === 'later' ? IP_STAND_INS : pod.ips;
    return ips.length > 0 ? parsed(ips.slice(0, most).join(',')) : refused({ why: 'is not known: the pod has no IP', cure: NO_WAIT.cure });
  }

  #findOnObject(kind: 'label' | 'annotation', key: string): Meaning {
    this.#needsPod = true;
    if (!isObjectKey(key)) return refused(noKey(kind));
    const { pod } = this.#surroundings;
    if (pod === 'later') return parsed(undefined);
    if (pod === 'never') return refused(NO_API);
    const texts = pod[`${kind}s`];
    const text = Object.hasOwn(texts, key) ? texts[key] : undefined;
    return text ? parsed(text) : refused({ why: `is a missing or empty ${kind} of the pod`, cure: `give the pod this ${kind}` });
  }
}

function noKey(kind: string): Fault {
  return {
    why: `has no key that Kubernetes allows a ${kind}`,
    cure: `write the ${kind}'s key after the colon, such as "app.kubernetes.io/name"`,
  };
}
