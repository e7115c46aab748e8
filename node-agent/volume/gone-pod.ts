import type { Pods, Waiting } from '../ports.ts';
import type { PodReference } from '../wanted.ts';
import { whyUnseen } from './unseen-pod.ts';

/**
 * A request goes with its pod. Where one was deleted by somebody, no other is made for a pod that the API does not have: kubelet is
 * about to unpublish the volume. As long as the API does not say so, for want of a right, of a connection or of any pod on a node of that name, the pod counts as there.
 * @throws `signal.reason` once aborted.
 */
export async function untilPodIsThere(
  pods: Pods | undefined,
  pod: PodReference,
  waiting: (why: Waiting) => void,
  signal: AbortSignal,
): Promise<void> {
  let isGone = false;
  for (;;) {
    const sight = pods?.look(pod) ?? {};
    const { facts, failure, isMissing, isNobodyThere } = sight;
    // It was there when it got its volume: once it is missing it never comes back, whatever becomes of the connection.
    isGone ||= isMissing === true;
    if (pods === undefined || facts !== undefined) return;
    if (!isGone && (failure !== undefined || isNobodyThere === true)) return;
    const gone = `the pod "${pod.namespace}/${pod.name}" is gone from the API; kubelet has not unpublished its volume yet`;
    waiting({ reason: isGone ? gone : whyUnseen(pod, sight) });
    await pods.changed(pod, signal);
  }
}
