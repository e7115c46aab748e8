import type { AgentEvent } from '../../node-agent/events.ts';
import type { KeyStatus, VolumeStatus } from '../../node-agent/ports.ts';
import { Counter, Histogram } from './counters.ts';
import { EVENT_KINDS } from './event-line.ts';
import { exposeFamilies, type ExpositionFormat, type Family } from './exposition.ts';
import { describeKeys } from './key-families.ts';
import { describeProcess } from './process-families.ts';
import { describeVolumes } from './volume-families.ts';

/** What is looked at when somebody scrapes, besides the process. */
export interface Snapshot {
  readonly volumes: Iterable<VolumeStatus>;
  readonly keys: KeyStatus;
}

/** What operators count. Counts are pushed, everything else is looked at when somebody scrapes. */
export interface Metrics {
  countEvent(event: AgentEvent): void;
  /** `method` and `code` by name, such as `NodePublishVolume` and `OK`. */
  countCall(method: string, code: string, durationMs: number): void;
  countPodEvent(outcome: PodEventOutcome): void;
  /** The body of a scrape. */
  expose(format: ExpositionFormat, snapshot: Snapshot): string;
}

/** What became of an attempt to write an event on a pod, or of one that was never written. */
export type PodEventOutcome = 'told' | 'failed' | 'dropped';

const POD_EVENT_OUTCOMES: readonly PodEventOutcome[] = ['told', 'failed', 'dropped'];

/** Seconds, up to the two minutes kubelet gives a call. */
const CALL_BOUNDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** No label of a counter takes a value from a pod's spec: only live volumes make series, so memory cannot grow with pods long gone. */
export function createMetrics({ version }: { readonly version: string }): Metrics {
  const kinds = EVENT_KINDS.map((event) => ({ event }));
  const events = new Counter('podcert_events', 'What the agent did and met, by kind of event.', kinds);
  const failures = new Counter('podcert_failures', 'Failures by the event that told of them and their code.');
  const differences = new Counter(
    'podcert_certificate_differences',
    'Accepted certificates that are not quite what was asked for, by difference.',
  );
  const calls = new Counter('podcert_rpcs', 'gRPC calls by method and status code.');
  const durations = new Histogram('podcert_rpc_duration_seconds', 'How long gRPC calls took, by method.', CALL_BOUNDS);
  // Shown from the start: an alarm needs the series also where the watch was never open.
  const watches = new Map([['certificaterequests', false]]);
  const podEvents = new Counter(
    'podcert_pod_events',
    'Events written on pods, by outcome.',
    POD_EVENT_OUTCOMES.map((outcome) => ({ outcome })),
  );

  return {
    countEvent(event) {
      events.add({ event: event.kind });
      if ('failure' in event) failures.add({ event: event.kind, code: event.failure.code });
      if (event.kind === 'certificate-differs') for (const difference of event.differences) differences.add({ difference });
      if (event.kind === 'watch-opened' || event.kind === 'watch-lost') watches.set(event.resource, event.kind === 'watch-opened');
    },
    countCall(method, code, durationMs) {
      calls.add({ method, code });
      durations.observe({ method }, durationMs / 1000);
    },
    countPodEvent(outcome) {
      podEvents.add({ outcome });
    },
    expose(format, { volumes, keys }) {
      const pushed = [events, failures, differences, podEvents, calls, durations].map((metric) => metric.family());
      const seen = [describeWatches(watches), ...describeVolumes(volumes), ...describeKeys(keys), ...describeProcess(version)];
      return exposeFamilies([...pushed, ...seen], format);
    },
  };
}

function describeWatches(watches: ReadonlyMap<string, boolean>): Family {
  const help = 'Whether a watch on the Kubernetes API is open, by what it watches.';
  const samples = [...watches].map(([resource, isOpen]) => ({ labels: { resource }, value: Number(isOpen) }));
  return { name: 'podcert_watch_open', type: 'gauge', help, samples };
}
