import type { PodReference } from '../wanted.ts';
import { type Fault, parsed, refused } from './parsed.ts';
import type { Surroundings } from './surroundings.ts';
import type { Meaning, Variables } from './variables.ts';

/** Kubernetes' form of the key of a label or an annotation (labels and selectors, "Syntax and character set"). */
const KEY = /^(?:(?=[^/]{1,253}\/)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?(?=.{1,63}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;

/** What `$POD_NAME`, `${POD_LABEL:name}` and the other variables stand for in one pod's attributes. */
export class PodVariables implements Variables {
  readonly known: readonly string[];
  readonly #texts: ReadonlyMap<string, string>;
  readonly #object: Surroundings['pod'];
  #needsPod = false;

  constructor(pod: PodReference, surroundings: Surroundings) {
    this.#object = surroundings.pod;
    this.#texts = new Map([
      ['POD_NAME', pod.name],
      ['POD_NAMESPACE', pod.namespace],
      ['POD_UID', pod.uid],
      ['SERVICE_ACCOUNT_NAME', pod.serviceAccount],
      ['NODE_NAME', surroundings.nodeName],
    ]);
    this.known = [...[...this.#texts.keys()].map((name) => `$${name}`), '${POD_LABEL:key}', '${POD_ANNOTATION:key}'];
  }

  /** Whether something was looked up that only the pod's object says. */
  get needsPod(): boolean {
    return this.#needsPod;
  }

  find(name: string): Meaning | undefined {
    const text = this.#texts.get(name);
    if (text !== undefined) return parsed(text);
    const [, kind, key = ''] = /^POD_(LABEL|ANNOTATION):(.*)$/s.exec(name) ?? [];
    return kind === undefined ? undefined : this.#findOnObject(kind === 'LABEL' ? 'label' : 'annotation', key);
  }

  #findOnObject(kind: 'label' | 'annotation', key: string): Meaning {
    this.#needsPod = true;
    if (!KEY.test(key)) return refused(noKey(kind));
    if (this.#object === 'later') return parsed(undefined);
    if (this.#object === 'never') return refused(NO_API);
    const texts = this.#object[`${kind}s`];
    const text = Object.hasOwn(texts, key) ? texts[key] : undefined;
    return text ? parsed(text) : refused({ why: `is a missing or empty ${kind} of the pod`, cure: `give the pod this ${kind}` });
  }
}

const NO_API: Fault = {
  why: 'is known through the Kubernetes API only, and the driver runs without one',
  cure: 'start the driver in a cluster or with --kubeconfig, or write the value itself',
};

function noKey(kind: string): Fault {
  return {
    why: `has no key that Kubernetes allows a ${kind}`,
    cure: `write the ${kind}'s key after the colon, such as "app.kubernetes.io/name"`,
  };
}
