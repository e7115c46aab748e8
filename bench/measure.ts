import { setTimeout as pause } from 'node:timers/promises';
import type { BenchDriver } from './driver.ts';
import type { Figure } from './figures.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { measureLatencies, ofBursts, publishMany, type Kind, type LatencyOptions, type Measured } from './latency.ts';
import { median, percentile } from './statistics.ts';

/** How long a run is. */
export interface Length {
  readonly latency: LatencyOptions;
  /** How many volumes are on the node when it is looked at, in rising order. */
  readonly volumes: readonly number[];
  /** How long the driver is left alone before it is looked at, and how long its idling is measured. */
  readonly settleMs: number;
  readonly idleMs: number;
  /** Whether latencies are measured once more in the end, beside all those volumes. */
  readonly isCrowded: boolean;
}

export const FULL: Length = {
  latency: { oneByOne: 60, bursts: 9, rsaBursts: 3, burst: 110 },
  volumes: [110, 1_000],
  settleMs: 30_000,
  idleMs: 60_000,
  isCrowded: true,
};
export const QUICK: Length = {
  latency: { oneByOne: 20, bursts: 3, rsaBursts: 1, burst: 110 },
  volumes: [110],
  settleMs: 12_000,
  idleMs: 8_000,
  isCrowded: false,
};

/** The targets per number of volumes: megabytes of anonymous and of resident memory, milliseconds of processor per second. */
const AT: Readonly<Record<number, { readonly anonymous?: number; readonly resident?: number; readonly idle?: number }>> = {
  0: { anonymous: 28, resident: 70 },
  110: { anonymous: 30, resident: 75, idle: 0.5 },
  1_000: { anonymous: 36, idle: 0.5 },
};

/** Latencies as ratios to the floor. Targets are for a node whose only volumes are those that are measured; with more there, they are told. */
export async function latencyFigures(measured: Measured, { latency }: Length, others = 0): Promise<readonly Figure[]> {
  const { oneByOne, bursts, unpublish, nothing } = await measureLatencies(measured, latency);
  const figure = (what: string, value: number, unit: '× floor' | 'ms', target: number, detail: string): Figure => ({
    name: others === 0 ? what : `${what}, beside ${others} volumes`,
    value,
    unit,
    ...(others === 0 && { target }),
    detail,
    isPortable: unit === '× floor',
  });
  const ratio = (what: string, ours: number, least: number, target: number) =>
    figure(what, ours / least, '× floor', target, `${ours.toFixed(1)} ms, floor ${least.toFixed(1)} ms`);
  const single = (kind: Kind) => median(oneByOne[kind]);
  const burst = (kind: Kind) => ofBursts(bursts[kind], 0.99);
  const many = `${latency.burst} at once`;
  return [
    ratio('publish one after another, P-256, p50', single('ECDSA'), single('floor'), 3),
    ratio('publish one after another, RSA 2048, p50', single('RSA'), single('floor'), 4),
    ratio(`publish ${many}, P-256, p99`, burst('ECDSA'), burst('floor'), 1.6),
    ratio(`publish ${many}, RSA 2048, p99`, burst('RSA'), burst('floor'), 2),
    figure(`unpublish, ${many}, p50`, median(unpublish), 'ms', 7, `a call that does nothing: ${median(nothing).toFixed(1)} ms`),
  ];
}

/** What the driver takes up once it has been left alone. */
export async function usageFigures(driver: BenchDriver, volumes: number, { settleMs, idleMs }: Length): Promise<readonly Figure[]> {
  await pause(settleMs);
  const before = await driver.usage();
  await pause(idleMs);
  const after = await driver.usage();
  const { anonymous, resident, idle } = AT[volumes] ?? {};
  const cpu = (after.cpuMs - before.cpuMs) / (idleMs / 1_000);
  return [
    {
      name: `anonymous memory, ${volumes} volumes`,
      value: megabytes(after.anonymousBytes),
      unit: 'MB',
      ...upTo(anonymous),
      isPortable: true,
    },
    { name: `resident memory, ${volumes} volumes`, value: megabytes(after.residentBytes), unit: 'MB', ...upTo(resident), isPortable: true },
    { name: `processor when idle, ${volumes} volumes`, value: cpu, unit: 'ms/s', ...upTo(idle), isPortable: false },
  ];
}

/** The most that the driver has taken so far. */
export async function peakFigures(driver: BenchDriver, { latency }: Length): Promise<readonly Figure[]> {
  const { peakBytes } = await driver.usage();
  return [{ name: `resident memory at most, bursts of ${latency.burst}`, value: megabytes(peakBytes), unit: 'MB', isPortable: true }];
}

/** Fills the node up to so many volumes, 100 at a time. */
export async function fillFigures(driver: BenchDriver, api: KubernetesApi, from: number, to: number): Promise<readonly Figure[]> {
  await api.driverCalls();
  const durations = await publishMany(driver, from, to, 100);
  const calls = await api.driverCalls();
  const perIssuance = (calls.get('create') ?? 0) / (to - from);
  const detail = [...calls].map(([verb, count]) => `${count} ${verb}`).join(', ');
  return [
    {
      name: `publish up to ${to}, 100 at a time, P-256, p99`,
      value: percentile(durations, 0.99),
      unit: 'ms',
      ...upTo(to === 1_000 ? 1_000 : undefined),
      isPortable: false,
    },
    { name: `requests an issuance, up to ${to}`, value: perIssuance, unit: 'calls', target: 1, detail, isPortable: true },
  ];
}

function megabytes(bytes: number): number {
  return bytes / 2 ** 20;
}

function upTo(target: number | undefined): { readonly target?: number } {
  return target === undefined ? {} : { target };
}
