import type { PodFacts } from '../pod-facts.ts';

/** What the variables of a volume stand for beyond what its own request says. */
export interface Surroundings {
  readonly nodeName: string;
  /** The pod's object. `later`: it is looked at before a certificate is asked for. `never`: there is no Kubernetes API to ask. */
  readonly pod: PodFacts | 'later' | 'never';
  /** The pod has its IP, or is waited for until it has, before a certificate is asked for. */
  readonly waitsForIp: boolean;
}
