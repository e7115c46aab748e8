import { isIPv6 } from 'node:net';
import type { Problem } from '../node-agent/errors.ts';
import type { ReadinessGate } from '../node-agent/readiness-gate.ts';
import { readFlags, type FlagValues } from './flags/read.ts';
import { splitCommandLine } from './flags/command-line.ts';
import { describeFlags } from './flags/help.ts';
import { FLAGS } from './flags/table.ts';
import { readSocketPath, type ListenAddress } from './flags/values.ts';

/** Everything the process is told from outside, parsed and frozen. Paths are absolute and normalised, but for `kubeconfig`. */
export interface Config {
  readonly nodeId: string;
  /** The Unix socket to serve CSI at. */
  readonly socketPath: string;
  readonly driverName: string;
  readonly dataRoot: string;
  /** Absent: volumes carry the label that the policy gives a new tmpfs. */
  readonly selinuxLabel?: string;
  /** 0: errors; 1: also what happens; 2 and more: also details. */
  readonly logLevel: number;
  /** Absent: no such server. */
  readonly metricsAddress?: ListenAddress;
  readonly healthAddress?: ListenAddress;
  /** Of the loopback. */
  readonly adminAddress?: ListenAddress;
  /** Absent: the registrar sidecar registers the driver. */
  readonly registration?: RegistrationConfig;
  /** Absent: there is no cluster, only the local CA. */
  readonly kubernetes?: KubernetesConfig;
  /** Whether pods' service accounts create the requests, in place of the driver's. */
  readonly usesPodToken: boolean;
  /** Whether the node's start-up taint is removed once kubelet has registered the driver. */
  readonly removesStartupTaint: boolean;
  /** What a pod must meet before a certificate is asked for; it starts before that. */
  readonly gates: readonly ReadinessGate[];
  /** Absent: the issuer kind LocalCA is off. */
  readonly localCa?: LocalCaConfig;
  /** What the user should be told once, at start. */
  readonly notes: readonly string[];
}

/** How kubelet finds the driver (pluginregistration.Registration). */
export interface RegistrationConfig {
  /** The Unix socket in kubelet's folder plugins_registry, as this process sees it. */
  readonly socketPath: string;
  /** The host's path of the CSI socket, which kubelet dials. */
  readonly endpoint: string;
}

/** Nothing set: as a pod in the cluster does. */
export interface KubernetesConfig {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The API server of the cluster whose pod we are; a kubeconfig goes before it. */
  readonly server?: string;
}

/** The local CA: the folder of its files, and the longest life of what it issues. */
export interface LocalCaConfig {
  readonly directory: string;
  readonly maximumDurationMs: number;
}

/** What is to be done after the command line was read. */
export type ConfigReading =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

type Environment = Readonly<Record<string, string | undefined>>;
type Values = FlagValues<typeof FLAGS>;

/** Reads flags and environment (`argv` without program and script): the whole configuration, or every problem at once. */
export function readConfig(argv: readonly string[], environment: Environment): ConfigReading {
  const commandLine = splitCommandLine(FLAGS, argv);
  const { values, problems, repeated } = readFlags(FLAGS, commandLine, environment);
  if (values.help) return { kind: 'help', text: describeFlags(FLAGS) };
  if (values.version) return { kind: 'version' };
  const crosswise = [...contradictions(values), ...gateProblems(values, environment), ...taintProblems(values, environment)];
  const all = [...commandLine.problems, ...problems, ...crosswise];
  return all.length > 0 ? { kind: 'refused', problems: all } : { kind: 'config', config: build(values, repeated, environment) };
}

/** Where kubelet finds the driver, under the name that its registrar sidecar uses too; undefined where that is to register it. */
function registrationSocketPath(values: Partial<Values>): string | undefined {
  const directory = values['registration-dir'];
  const driverName = values['driver-name'];
  return directory === undefined || driverName === undefined ? undefined : `${directory}/${driverName}-reg.sock`;
}

/** What is wrong with values that are fine one by one; a value that is not is missing here. */
function contradictions(values: Partial<Values>): Problem[] {
  const path = registrationSocketPath(values);
  if (path === undefined) return [];
  const reading = readSocketPath(path);
  return reading.kind === 'wrong'
    ? [{ field: '--registration-dir with --driver-name', value: path, why: reading.why, cure: reading.cure }]
    : [];
}

/** What keeps gates from meaning anything. */
function gateProblems(values: Partial<Values>, environment: Environment): Problem[] {
  const { 'pod-readiness-gate': gates = [], 'gate-backoff-duration': firstMs = 0, 'gate-backoff-cap': capMs = 0 } = values;
  const problems: Problem[] = [];
  const field = '--pod-readiness-gate';
  if (gates.length > 0 && values['continue-on-not-ready'] === false) {
    const why = 'would keep pods from starting: most of what a gate asks for comes after the volumes';
    problems.push({ field, why, cure: 'give --continue-on-not-ready too' });
  }
  if (gates.length > 0 && findCluster(values, environment) === undefined) {
    problems.push({ field, why: 'needs the Kubernetes API, and none is named', cure: 'give --kubeconfig, or leave the gate out' });
  }
  if (capMs > 0 && capMs < firstMs) {
    problems.push({ field: '--gate-backoff-cap', why: 'is below --gate-backoff-duration', cure: 'leave both out; they have no effect' });
  }
  return problems;
}

/** What keeps the start-up taint from ever being removed. */
function taintProblems(values: Partial<Values>, environment: Environment): Problem[] {
  if (values['remove-startup-taint'] !== true) return [];
  const field = '--remove-startup-taint';
  const problems: Problem[] = [];
  if (values['registration-dir'] === undefined) {
    const why = "needs the driver's own registration with kubelet, and that is off";
    problems.push({ field, why, cure: 'give --registration-dir, or leave the taint to somebody else' });
  }
  if (findCluster(values, environment) === undefined) {
    problems.push({ field, why: 'needs the Kubernetes API, and none is named', cure: 'give --kubeconfig, or leave this out' });
  }
  return problems;
}

function build(values: Values, repeated: readonly string[], environment: Environment): Config {
  const registrationPath = registrationSocketPath(values);
  const localCaDirectory = values['local-ca-dir'];
  const config: Config = {
    nodeId: values['node-id'],
    socketPath: values.endpoint,
    driverName: values['driver-name'],
    dataRoot: values['data-root'],
    ...withKey('selinuxLabel', values['selinux-context']),
    logLevel: values['log-level'],
    ...withKey('metricsAddress', values['metrics-bind-address']),
    ...withKey('healthAddress', values['health-bind-address']),
    ...withKey('adminAddress', values['admin-bind-address']),
    ...(registrationPath !== undefined && {
      registration: { socketPath: registrationPath, endpoint: values['kubelet-registration-path'] },
    }),
    ...withKey('kubernetes', findCluster(values, environment)),
    usesPodToken: values['use-token-request'],
    removesStartupTaint: values['remove-startup-taint'],
    gates: values['pod-readiness-gate'],
    ...(localCaDirectory !== undefined && {
      localCa: { directory: localCaDirectory, maximumDurationMs: values['local-ca-max-duration'] },
    }),
    notes: notes(values, repeated),
  };
  return deepFreeze(config);
}

/** Only a driver that has its own CA can do without a cluster; any other is to say that it finds none. */
function findCluster(values: Partial<Values>, environment: Environment): KubernetesConfig | undefined {
  const { kubeconfig, context } = values;
  const cluster = { ...withKey('kubeconfig', kubeconfig), ...withKey('context', context), ...withKey('server', serverOf(environment)) };
  return Object.keys(cluster).length > 0 || values['local-ca-dir'] === undefined ? cluster : undefined;
}

/** What kubelet tells each container of the API server (Kubernetes, "Accessing the Kubernetes API from a Pod"). */
function serverOf({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }: Environment): string | undefined {
  if (!host || !port) return undefined;
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function notes(values: Values, repeated: readonly string[]): string[] {
  const limits = given(values, ['kube-api-qps', 'kube-api-burst']);
  const backOffs = given(values, ['gate-backoff-duration', 'gate-backoff-factor', 'gate-backoff-jitter', 'gate-backoff-cap']);
  return [
    ...(limits === '' ? [] : [`${limits}: no effect; the driver has no rate limit of its own and obeys the API server's`]),
    ...(backOffs === '' ? [] : [`${backOffs}: no effect; a watch tells when a pod changes, so that gates are not asked again and again`]),
    ...repeated.map((field) => `${field}: given more than once; the last one counts`),
  ];
}

/** Those of the flags that are given, as one writes them. */
function given(values: Values, names: readonly (keyof Values)[]): string {
  const there = names.filter((name) => values[name] !== undefined);
  return there.map((name) => `--${name}`).join(' and ');
}

/** A key only where there is a value (exactOptionalPropertyTypes). */
function withKey<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
