import { invalidRequest } from '../errors.ts';
import type { PodFacts } from '../pod-facts.ts';
import type { Pods, Waiting } from '../ports.ts';
import { parseSpec } from '../spec/parse-spec.ts';
import type { VolumeSpec } from '../spec/volume-spec.ts';
import type { PodReference } from '../wanted.ts';
import type { Purpose } from './purpose.ts';
import type { VolumeTools } from './volume-tools.ts';

/**
 * What a volume asks for, with what only the pod's object says filled in as it is now: each certificate is asked for by the
 * labels and annotations of its day.
 * @throws {AgentError} `invalid-request` where nothing sound comes of them.
 */
export async function resolveSpec(
  { nodeName, pods }: VolumeTools,
  { volumeId, request, spec }: Purpose,
  waiting: (why: Waiting) => void,
  signal: AbortSignal,
): Promise<VolumeSpec> {
  if (!spec.needsPod) return spec;
  const pod = pods === undefined ? 'never' : await seePod(pods, spec.pod, waiting, signal);
  const parsed = parseSpec({ ...request, secrets: {} }, { nodeName, pod });
  if (parsed.kind === 'parsed') return parsed.spec;
  throw invalidRequest(`Cannot get a certificate for volume "${volumeId}"`, parsed.problems);
}

/** kubelet may know of a pod a moment before the watch does. */
async function seePod(pods: Pods, pod: PodReference, waiting: (why: Waiting) => void, signal: AbortSignal): Promise<PodFacts> {
  for (;;) {
    const { facts, failure } = pods.look(pod);
    if (facts !== undefined) return facts;
    waiting({ reason: failure?.message ?? 'the watch on the pods of this node has not told of the pod yet' });
    await pods.changed(pod, signal);
  }
}
