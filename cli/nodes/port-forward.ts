import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CliFailure } from '../failure.ts';
import { endChild } from '../kubectl/children.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { noKubectl, readFailure } from '../kubectl/kubectl-failure.ts';
import type { Clock } from '../clock.ts';
import type { DriverPod } from './driver-pods.ts';
import { withinTime } from './time-limit.ts';

/** A way to the admin listener of one node, open for as long as it is in use. */
export interface Forward {
  /** On 127.0.0.1 of this machine. */
  readonly localPort: number;
  /** Why the other end could not be reached, if kubectl says so within a moment. */
  explain(signal: AbortSignal): Promise<CliFailure | undefined>;
}

/** kubectl tells of a connection that failed a moment after it closed it. */
const EXPLANATION_MS = 1_000;
const EXPLANATION_STEP_MS = 20;

/** Opens the way to a driver within a time, for the length of `work`. @throws {KubectlFailure} where it cannot be opened, and whatever `work` throws. */
export async function withForward<Result>(
  way: { readonly kubectl: Kubectl; readonly clock: Clock; readonly pod: DriverPod; readonly port: number; readonly limitMs: number },
  work: (forward: Forward) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const { kubectl, clock, pod, port, limitMs } = way;
  signal.throwIfAborted();
  const child = kubectl.forward(pod.namespace, pod.name, port);
  const end = () => void endChild(child);
  signal.addEventListener('abort', end, { once: true });
  const said = collect(child.process);
  try {
    const couldNot = `forward port ${port} of pod "${pod.name}"`;
    const localPort = await withinTime(limitMs, (until) => portOf(child.process, () => said.text, couldNot, until), signal);
    signal.throwIfAborted();
    return await work({
      localPort,
      async explain(until) {
        for (let waitedMs = 0; waitedMs < EXPLANATION_MS; waitedMs += EXPLANATION_STEP_MS) {
          if (said.text.includes('error')) return explanation(said.text, pod, port);
          await clock.sleep(EXPLANATION_STEP_MS, until);
        }
        return undefined;
      },
    });
  } finally {
    signal.removeEventListener('abort', end);
    await endChild(child);
  }
}

function explanation(said: string, pod: DriverPod, port: number): CliFailure {
  if (!/connection refused/i.test(said)) return readFailure(`reach port ${port} of pod "${pod.name}"`, said);
  return new CliFailure(
    `Cannot reach the driver of node "${pod.node}": nothing listens at port ${port} of pod "${pod.name}"`,
    "start the driver with its admin listener (--admin-bind-address), or name the listener's port by --admin-port",
  );
}

function collect(child: ChildProcess): { readonly text: string } {
  const said = { text: '' };
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    said.text = (said.text + piece).slice(-8_192);
  });
  return said;
}

/** Resolves with the local port that kubectl chose. */
function portOf(child: ChildProcess, said: () => string, couldNot: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    child.once('error', (error) => reject(noKubectl('kubectl', error)));
    child.once('close', () => reject(readFailure(couldNot, said())));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const port = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
