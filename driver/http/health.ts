import type { Clock } from '../../node-agent/clock.ts';
import { textReply, type Reply, type Routes } from './routes.ts';

/** What health is judged by. */
export interface Health {
  /** Calls Probe over the real socket, as kubelet would reach us. */
  readonly probe: (signal: AbortSignal) => Promise<boolean>;
  /** Whether the agent has started and its socket serves. */
  readonly isReady: () => boolean;
  readonly clock: Clock;
}

/** How long Probe may take, in ms: well below the 5 s that the manifests give the answer. */
export const PROBE_DEADLINE_MS = 2_000;

/** `/healthz`: the process answers kubelet; else it should be restarted. `/readyz`: volumes can be published. */
export function healthRoutes(health: Health): Routes {
  return {
    'GET /healthz': (_, signal) => probeInTime(health, signal),
    'GET /readyz': () =>
      health.isReady() ? textReply(200, 'ok') : textReply(503, 'not ready: the agent has not started yet, or is stopping'),
  };
}

async function probeInTime({ probe, clock }: Health, signal: AbortSignal): Promise<Reply> {
  // Whichever loses the race is ended by the signal, once the answer is out.
  const late = clock.sleep(PROBE_DEADLINE_MS, signal).then(() => textReply(503, `Probe gave no answer within ${PROBE_DEADLINE_MS} ms`));
  late.catch(() => undefined);
  const answered = probe(signal).then(
    (isServing) => (isServing ? textReply(200, 'ok') : textReply(503, 'Probe says not ready')),
    (error: Error) => textReply(503, `Probe failed: ${error.message}`),
  );
  return Promise.race([answered, late]);
}
