import { invalidRequest } from '../errors.ts';
import type { PodFacts } from '../pod-facts.ts';
import type { Pods, Waiting } from '../ports.ts';
import { ANY_IP, lackOf } from '../readiness-gate.ts';
import type { ReadinessGate } from '../readiness-gate.ts';
import { parseSpec } from '../spec/parse-spec.ts';
import type { VolumeSpec } from '../spec/volume-spec.ts';
import type { PodReference } from '../wanted.ts';
import type { Purpose } from './purpose.ts';
import { whyUnseen } from './unseen-pod.ts';
import type { VolumeTools } from './volume-tools.ts';

/** The issuance that waits for a pod. */
export interface Waiter {
  /** Lets the pod start before its certificate is there; nothing is done where it has started. */
  startFirst(): Promise<void>;
  waiting(why: Waiting): void;
  readonly signal: AbortSignal;
}

/**
 * What a volume asks for, once its pod meets the gates, with what only the pod's object says filled in as it is then. Done for
 * each certificate anew.
 * @throws {AgentError} `invalid-request` where nothing sound comes of what the pod's object says.
 */
export async function resolveSpec(tools: VolumeTools, { volumeId, request, spec }: Purpose, waiter: Waiter): Promise<VolumeSpec> {
  const { nodeName, pods } = tools;
  const gates = spec.waitFor === 'pod-ip' ? [...tools.gates, ANY_IP] : tools.gates;
  if (gates.length === 0 && !spec.needsPod) return spec;
  const pod = pods === undefined ? 'never' : await readyPod(pods, spec.pod, gates, waiter);
  const parsed = parseSpec(request, { nodeName, pod, waitsForIp: true });
  if (parsed.kind === 'parsed') return parsed.spec;
  throw invalidRequest(`Cannot get a certificate for volume "${volumeId}"`, parsed.problems);
}

async function readyPod(pods: Pods, pod: PodReference, gates: readonly ReadinessGate[], waiter: Waiter): Promise<PodFacts> {
  let mayStartFirst = gates.length > 0;
  for (;;) {
    const sight = pods.look(pod);
    const { facts, failure } = sight;
    const lack = facts && lackOf(gates, facts);
    if (facts !== undefined && lack === undefined) return facts;
    // kubelet may know of a pod a moment before the watch does, and then nothing says yet that it must start first.
    const isHeldUp = lack !== undefined || failure !== undefined;
    waiter.waiting({ reason: failure === undefined && lack !== undefined ? lack : whyUnseen(pod, sight) });
    if (mayStartFirst && isHeldUp) {
      mayStartFirst = false;
      await waiter.startFirst();
      // Much may have changed meanwhile.
      continue;
    }
    await pods.changed(pod, waiter.signal);
  }
}
