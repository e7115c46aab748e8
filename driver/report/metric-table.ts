import type { Difference, IssuanceStep } from '../../node-agent/events.ts';
import type { HealthReason, VolumeStatus } from '../../node-agent/ports.ts';
import type { Family, Sample } from './exposition.ts';

/** What a metric is, for those who scrape it and those who read docs/metrics.md, which is made from this. */
export interface MetricDefinition {
  readonly type: Family['type'];
  /** A sentence without a quote in it. */
  readonly help: string;
  /** Its labels, each with all the values that it takes, or none where they are not ours to list. */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** Every value of a union, each named once. */
function each<Value extends string>(values: Readonly<Record<Value, true>>): readonly Value[] {
  return Object.keys(values) as Value[];
}

const STATES = each<VolumeStatus['state']>({ issuing: true, mounted: true, broken: true, leaving: true });
const REASONS = each<HealthReason>({
  CertificateExpired: true,
  CertificatePending: true,
  RenewalFailing: true,
  RenewalPending: true,
  RequestDenied: true,
  StateUnusable: true,
});
const DIFFERENCES = each<Difference>({
  subject: true,
  'additional-san': true,
  'fewer-usages': true,
  lifetime: true,
  'chain-unverified': true,
});
const STEPS = each<IssuanceStep>({ key: true, create: true, wait: true, write: true });
const OUTCOMES = ['told', 'failed', 'dropped'] as const;
const RESOURCES = ['certificaterequests', 'pods'] as const;
const QUEUE = ['waiting', 'running'] as const;
const VOLUME = { pod_namespace: [], pod_name: [], volume: [], issuer_name: [], issuer_kind: [], issuer_group: [] } as const;

/** All metrics there are, without the `_total` of counters. */
export const METRICS = {
  podcert_volumes: { type: 'gauge', help: 'Volumes on this node by state.', labels: { state: STATES } },
  podcert_abnormal_volumes: {
    type: 'gauge',
    help: 'Volumes on this node that are not healthy, by what is wrong with them.',
    labels: { reason: REASONS },
  },
  podcert_certificate_not_after_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate in the volume expires, in Unix time.',
    labels: VOLUME,
  },
  podcert_certificate_received_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate in the volume came from its issuer, in Unix time.',
    labels: VOLUME,
  },
  podcert_certificate_renew_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate in the volume will be renewed, or the attempt under way was due, in Unix time.',
    labels: VOLUME,
  },
  podcert_certificate_last_renewal_success: {
    type: 'gauge',
    help: 'How the last attempt at a certificate for the volume ended: 1 by a certificate, 0 by a failure.',
    labels: VOLUME,
  },
  podcert_file_set_generation: {
    type: 'gauge',
    help: 'Number of the set of files in the volume; each certificate comes in another one.',
    labels: VOLUME,
  },
  podcert_events: { type: 'counter', help: 'What the agent did and met, by kind of event.', labels: { event: [] } },
  podcert_failures: {
    type: 'counter',
    help: 'Failures by the event that told of them and their code.',
    labels: { event: [], code: [] },
  },
  podcert_certificate_differences: {
    type: 'counter',
    help: 'Accepted certificates that are not quite what was asked for, by difference.',
    labels: { difference: DIFFERENCES },
  },
  podcert_issuance_duration_seconds: {
    type: 'histogram',
    help: 'How long issuances took that ended with files in the volume: first ones and renewals.',
    labels: { kind: ['published', 'renewed'] },
  },
  podcert_issuance_step_duration_seconds: {
    type: 'histogram',
    help: 'How long each step of them took: making key and CSR, the request until it exists, its certificate until it is there and valid, and the files.',
    labels: { step: STEPS },
  },
  podcert_renewal_lateness_seconds: {
    type: 'histogram',
    help: 'How long after they were due renewals were done, whatever kept them: failures, waiting, a driver that was down.',
  },
  podcert_pod_events: { type: 'counter', help: 'Events written on pods, by outcome.', labels: { outcome: OUTCOMES } },
  podcert_rpcs: { type: 'counter', help: 'gRPC calls by method and status code.', labels: { method: [], code: [] } },
  podcert_rpc_duration_seconds: { type: 'histogram', help: 'How long gRPC calls took, by method.', labels: { method: [] } },
  podcert_kubelet_registered: {
    type: 'gauge',
    help: 'Whether kubelet has registered the driver; missing where a node-driver-registrar sees to that.',
  },
  rest_client_requests: {
    type: 'counter',
    help: 'Calls to the Kubernetes API by HTTP method and status, which is <error> where no answer came.',
    labels: { code: [], method: [], host: [] },
  },
  podcert_api_calls: { type: 'gauge', help: 'Calls to the Kubernetes API now: waiting for their turn, or sent.', labels: { state: QUEUE } },
  podcert_watch_open: {
    type: 'gauge',
    help: 'Whether a watch on the Kubernetes API is open, by what it watches.',
    labels: { resource: RESOURCES },
  },
  podcert_watch_restarts: {
    type: 'counter',
    help: 'How often a watch on the Kubernetes API was lost, or could not be opened, and was begun again.',
    labels: { resource: RESOURCES },
  },
  podcert_key_generations: {
    type: 'gauge',
    help: 'Private keys to be generated for volumes or in advance, by state.',
    labels: { state: QUEUE },
  },
  podcert_spare_keys: { type: 'gauge', help: 'Private keys generated in advance, in memory.' },
  podcert_event_loop_active_seconds: { type: 'counter', help: 'Time in which the event loop was not idle.' },
  podcert_event_loop_turns: { type: 'counter', help: 'Turns of the event loop.' },
  podcert_event_loop_lag_seconds: { type: 'gauge', help: 'How long this scrape had to wait for what else the event loop had to do.' },
  podcert_build_info: { type: 'gauge', help: 'Always 1; the labels tell the versions.', labels: { version: [], node_version: [] } },
  process_start_time_seconds: { type: 'gauge', help: 'When the process started, in Unix time.' },
  process_cpu_seconds: { type: 'counter', help: 'CPU time used, user and system.' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Resident memory.' },
  process_virtual_memory_bytes: { type: 'gauge', help: 'Virtual memory.' },
  process_open_fds: { type: 'gauge', help: 'Open file descriptors.' },
  process_max_fds: { type: 'gauge', help: 'How many file descriptors may be open.' },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** The name of one of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;

/** A metric with its series. */
export function familyOf(name: MetricName, samples: readonly Sample[]): Family {
  const { type, help } = METRICS[name];
  return { name, type, help, samples };
}

/** A metric that has one series, without labels. */
export function singleOf(name: MetricName, value: number): Family {
  return familyOf(name, [{ labels: {}, value }]);
}
