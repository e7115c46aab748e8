import type { Clock } from '../clock.ts';
import { CliFailure } from '../failure.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import type { DriverPod } from './driver-pods.ts';
import { NO_LINE, type StatusLine } from '../output/status-line.ts';
import { nodeClient, type NodeClient } from './node-client.ts';
import { withForward } from './port-forward.ts';
import { withinTime } from './time-limit.ts';

/** What is needed to ask nodes. */
export interface NodeAccess {
  readonly kubectl: Kubectl;
  readonly clock: Clock;
  readonly adminPort: number;
  /** For the way to a node, for each answer, and, where the work is not a long one, for all that is asked of one node. */
  readonly nodeTimeoutMs: number;
  /** Says how many were asked, where they are more than can be asked at once. */
  readonly line: StatusLine;
}

/** What became of one node. */
export type NodeOutcome<Answer> =
  | { readonly kind: 'answered'; readonly pod: DriverPod; readonly answer: Answer }
  | { readonly kind: 'unreachable'; readonly pod: DriverPod; readonly why: CliFailure };

/** A kubectl each, of some 50 MB. */
const AT_A_TIME = 8;

/**
 * Has `work` done with each node, eight at a time and each within its deadline; one that fails fails alone.
 * @param limitMs for all of one node's work; `Infinity` for work that takes as long as its node answers.
 * @throws `signal.reason` once aborted; what is no {@link CliFailure} is a bug and ends all.
 */
export async function askNodes<Answer>(
  access: NodeAccess,
  pods: readonly DriverPod[],
  work: (client: NodeClient, pod: DriverPod, signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
  limitMs: number = access.nodeTimeoutMs,
): Promise<readonly NodeOutcome<Answer>[]> {
  const outcomes: NodeOutcome<Answer>[] = [];
  const queue = pods.entries();
  const { show, clear } = pods.length > AT_A_TIME ? access.line : NO_LINE;
  let asked = 0;
  const worker = async () => {
    for (const [index, pod] of queue) {
      outcomes[index] = await askOne(access, pod, work, signal, limitMs);
      show(`${(asked += 1)} of ${pods.length} nodes asked…`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, pods.length) }, worker)).finally(clear);
  return outcomes;
}

async function askOne<Answer>(
  access: NodeAccess,
  pod: DriverPod,
  work: (client: NodeClient, pod: DriverPod, signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
  limitMs: number,
): Promise<NodeOutcome<Answer>> {
  if (pod.isDown !== undefined)
    return { kind: 'unreachable', pod, why: new CliFailure(pod.isDown, `kubectl -n ${pod.namespace} describe pod ${pod.name}`) };
  const { kubectl, clock, adminPort: port, nodeTimeoutMs } = access;
  const way = { kubectl, clock, pod, port, limitMs: nodeTimeoutMs };
  const ask = (until: AbortSignal) => withForward(way, (forward) => work(nodeClient(forward, nodeTimeoutMs), pod, until), until);
  try {
    return { kind: 'answered', pod, answer: await withinTime(limitMs, ask, signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CliFailure) return { kind: 'unreachable', pod, why: error };
    throw error;
  }
}
