import type { AgentEvent, StepDurations } from '../../node-agent/events.ts';
import type { KeyStatus, VolumeStatus } from '../../node-agent/ports.ts';
import type { Load } from '../../node-agent/slots.ts';
import { Counter, Histogram } from './counters.ts';
import { EVENT_KINDS } from './event-line.ts';
import { exposeFamilies, type ExpositionFormat, type Family } from './exposition.ts';
import { familyOf, METRICS, singleOf } from './metric-table.ts';
import { describeProcess } from './process-families.ts';
import type { ProcessStatus } from './process-status.ts';
import { describeCalls, describeKeys } from './queue-families.ts';
import { describeVolumes } from './volume-families.ts';

/** What is looked at when somebody scrapes. */
export interface Snapshot {
  readonly volumes: Iterable<VolumeStatus>;
  readonly keys: KeyStatus;
  /** Absent: there is no cluster. */
  readonly apiCalls?: Load | undefined;
  readonly process: ProcessStatus;
}

/** What operators count. Counts are pushed, everything else is looked at when somebody scrapes. */
export interface Metrics {
  countEvent(event: AgentEvent): void;
  /** `method` and `code` by name, such as `NodePublishVolume` and `OK`. */
  countCall(method: string, code: string, durationMs: number): void;
  /** A call to the Kubernetes API; without a status no answer came. */
  countApiCall(call: { readonly method: string; readonly host: string; readonly status: number | undefined }): void;
  countPodEvent(outcome: PodEventOutcome): void;
  /** Whether kubelet has registered the driver; not told where that is not for the driver to see to. */
  noteRegistration(isRegistered: boolean): void;
  /** The body of a scrape. */
  expose(format: ExpositionFormat, snapshot: Snapshot): string;
}

/** What became of an attempt to write an event on a pod, or of one that was never written. */
export type PodEventOutcome = (typeof METRICS)['podcert_pod_events']['labels']['outcome'][number];

/** What a build counts. */
export interface MetricsOptions {
  readonly version: string;
  /** Watches that are told from the start, by what they watch: an alert needs the series also where one was never open. */
  readonly watches?: readonly string[];
}

/** Seconds, up to the two minutes kubelet gives a call. */
const CALL_BOUNDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** Seconds: an issuer may take some milliseconds, or wait for somebody to approve. */
const ISSUANCE_BOUNDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];

/** Seconds: up to a second is no lateness, and a driver may be down for a day. */
const LATENESS_BOUNDS = [1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400];

/** The name that client-go has for a call without an answer. */
const NO_ANSWER = '<error>';

/** No label of a counter takes a value from a pod's spec: only live volumes make series, so memory cannot grow with pods long gone. */
export function createMetrics({ version, watches = [] }: MetricsOptions): Metrics {
  const pushed = createPushed(watches);
  const { calls, callDurations, requests, podEvents } = pushed.metrics;
  let isRegistered: boolean | undefined;

  return {
    countEvent: (event) => countEvent(pushed, event),
    countCall(method, code, durationMs) {
      calls.add({ method, code });
      callDurations.observe({ method }, durationMs / 1_000);
    },
    countApiCall({ method, host, status }) {
      requests.add({ code: status === undefined ? NO_ANSWER : `${status}`, method, host });
    },
    countPodEvent(outcome) {
      podEvents.add({ outcome });
    },
    noteRegistration(answer) {
      isRegistered = answer;
    },
    expose(format, { volumes, keys, apiCalls, process }) {
      const counted = Object.values(pushed.metrics).map((metric) => metric.family());
      const registered = isRegistered === undefined ? [] : [singleOf('podcert_kubelet_registered', Number(isRegistered))];
      const seen = [...describeVolumes(volumes), ...describeCalls(apiCalls), describeWatches(pushed.watches), ...describeKeys(keys)];
      return exposeFamilies([...seen, ...counted, ...registered, ...describeProcess(version, process)], format);
    },
  };
}

/** What is counted when it happens. */
function createPushed(watches: readonly string[]) {
  const { podcert_pod_events, podcert_issuance_duration_seconds, podcert_issuance_step_duration_seconds } = METRICS;
  const metrics = {
    events: new Counter('podcert_events', all('event', EVENT_KINDS)),
    failures: new Counter('podcert_failures'),
    differences: new Counter('podcert_certificate_differences'),
    issuances: new Histogram(
      'podcert_issuance_duration_seconds',
      ISSUANCE_BOUNDS,
      all('kind', podcert_issuance_duration_seconds.labels.kind),
    ),
    steps: new Histogram(
      'podcert_issuance_step_duration_seconds',
      ISSUANCE_BOUNDS,
      all('step', podcert_issuance_step_duration_seconds.labels.step),
    ),
    lateness: new Histogram('podcert_renewal_lateness_seconds', LATENESS_BOUNDS, [{}]),
    podEvents: new Counter('podcert_pod_events', all('outcome', podcert_pod_events.labels.outcome)),
    calls: new Counter('podcert_rpcs'),
    callDurations: new Histogram('podcert_rpc_duration_seconds', CALL_BOUNDS),
    requests: new Counter('rest_client_requests'),
    watchRestarts: new Counter('podcert_watch_restarts', all('resource', watches)),
  };
  return { metrics, watches: new Map(watches.map((resource) => [resource, false])) };
}

function countEvent({ metrics, watches }: ReturnType<typeof createPushed>, event: AgentEvent): void {
  metrics.events.add({ event: event.kind });
  if ('failure' in event) metrics.failures.add({ event: event.kind, code: event.failure.code });
  if (event.kind === 'certificate-differs') for (const difference of event.differences) metrics.differences.add({ difference });
  if (event.kind === 'watch-opened' || event.kind === 'watch-lost') watches.set(event.resource, event.kind === 'watch-opened');
  if (event.kind === 'watch-lost') metrics.watchRestarts.add({ resource: event.resource });
  if (event.kind === 'renewed') metrics.lateness.observe({}, event.lateMs / 1_000);
  if (event.kind === 'published' || event.kind === 'renewed') {
    const steps = inSeconds(event.took);
    for (const [step, seconds] of Object.entries(steps)) metrics.steps.observe({ step }, seconds);
    metrics.issuances.observe(
      { kind: event.kind },
      Object.values(steps).reduce((sum, seconds) => sum + seconds, 0),
    );
  }
}

function inSeconds({ keyMs, createMs, waitMs, writeMs }: StepDurations) {
  return { key: keyMs / 1_000, create: createMs / 1_000, wait: waitMs / 1_000, write: writeMs / 1_000 };
}

/** Label sets that show 0 from the start. */
function all(label: string, values: readonly string[]) {
  return values.map((value) => ({ [label]: value }));
}

function describeWatches(watches: ReadonlyMap<string, boolean>): Family {
  return familyOf(
    'podcert_watch_open',
    [...watches].map(([resource, isOpen]) => ({ labels: { resource }, value: Number(isOpen) })),
  );
}
