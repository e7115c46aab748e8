import type { PodSight } from '../ports.ts';
import type { PodReference } from '../wanted.ts';

/** Why nothing is known of a pod at this moment, as a clause. */
export function whyUnseen({ namespace, name }: PodReference, { failure, isMissing, isNobodyThere }: PodSight): string {
  if (failure !== undefined) return failure.message;
  if (isMissing === true) return `the API has no such pod "${namespace}/${name}" on this node: it is gone, or was made a moment ago`;
  if (isNobodyThere === true) return 'the API has no pod at all on a node of the name in --node-id';
  return 'the watch on the pods of this node has not told of the pod yet';
}
