import { setTimeout as pause } from 'node:timers/promises';
import type { BenchDriver } from './driver.ts';
import type { Figure } from './figures.ts';
import type { Floor } from './floor.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { measureLatencies, ofBursts, publishMany, type Kind, type LatencyOptions } from './latency.ts';
import { median, percentile } from './statistics.ts';

/** How long a run is. */
export interface Length {
  readonly latency: LatencyOptions;
  /** How many volumes are on the node when it is looked at, in rising order. */
  readonly volumes: readonly number[];
  /** How long the driver is left alone before it is looked at, and how long its idling is measured. */
  readonly settleMs: number;
  readonly idleMs: number;
}

export const FULL: Length = {
  latency: { oneByOne: 60, bursts: 5, rsaBursts: 5, burst: 110 },
  volumes: [110, 1_000],
  settleMs: 30_000,
  idleMs: 60_000,
};
export const QUICK: Length = {
  latency: { oneByOne: 20, bursts: 3, rsaBursts: 1, burst: 110 },
  volumes: [110],
  settleMs: 12_000,
  idleMs: 8_000,
};

/** The targets per number of volumes: megabytes of anonymous and of resident memory, milliseconds of processor per second. */
const AT: Readonly<Record<number, { readonly anonymous?: number; readonly resident?: number; readonly idle?: number }>> = {
  0: { anonymous: 28, resident: 70 },
  110: { anonymous: 30, resident: 75, idle: 0.5 },
  1_000: { anonymous: 36, idle: 0.5 },
};

/** Latencies as ratios to the floor. */
export async function latencyFigures(driver: BenchDriver, floor: Floor, { latency }: Length): Promise<readonly Figure[]> {
  const { oneByOne, bursts, unpublish, nothing } = await measureLatencies(driver, floor, latency);
  const single = (name: string, kind: Kind, target: number): Figure => {
    const [least, ours] = [median(oneByOne.floor), median(oneByOne[kind])];
    const detail = `${ours.toFixed(1)} ms, floor ${least.toFixed(1)} ms`;
    return { name, value: ours / least, unit: '× floor', target, detail, isPortable: true };
  };
  const burst = (name: string, kind: Kind, target: number): Figure => {
    const [least, ours] = [ofBursts(bursts.floor, 0.99), ofBursts(bursts[kind], 0.99)];
    const detail = `${ours.toFixed(0)} ms, floor ${least.toFixed(0)} ms`;
    return { name, value: ours / least, unit: '× floor', target, detail, isPortable: true };
  };
  const least = `a call that does nothing: ${median(nothing).toFixed(0)} ms`;
  const removed = {
    name: `unpublish, ${latency.burst} at once, p50`,
    value: median(unpublish),
    unit: 'ms',
    target: 7,
    detail: least,
  } as const;
  return [
    single('publish one after another, P-256, p50', 'ECDSA', 3),
    single('publish one after another, RSA 2048, p50', 'RSA', 4),
    burst(`publish ${latency.burst} at once, P-256, p99`, 'ECDSA', 1.6),
    burst(`publish ${latency.burst} at once, RSA 2048, p99`, 'RSA', 2),
    { ...removed, isPortable: false },
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
