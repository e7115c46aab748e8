import { setTimeout as pause } from 'node:timers/promises';
import { BenchDriver } from './driver.ts';
import type { Figure } from './figures.ts';
import type { Stage } from './stage.ts';

/** How long the driver started anew is watched for calls of the API. */
const WATCHED_MS = 5_000;

/** Kills the driver with its volumes and starts another, which must find them all, plan their renewals, and request nothing. */
export async function restartFigures(stage: Stage, driver: BenchDriver, volumes: number): Promise<readonly Figure[]> {
  await driver.kill();
  await stage.api.driverCalls();
  const { log, readyAfterMs } = await BenchDriver.start(stage);
  await pause(WATCHED_MS);
  const calls = await stage.api.driverCalls();
  const detail = [...calls].map(([verb, count]) => `${count} ${verb}`).join(', ');
  const name = (what: string) => `restart with ${volumes} volumes, ${what}`;
  return [
    { name: name('until kubelet is served and all are planned'), value: readyAfterMs, unit: 'ms', isPortable: false },
    { name: name('of which lost'), value: volumes - resumed(log), unit: 'volumes', target: 0, isPortable: true },
    { name: name('requests'), value: calls.get('create') ?? 0, unit: 'calls', target: 0, detail, isPortable: true },
  ];
}

/** How many volumes the driver says it has found. It says so before it serves kubelet, when the renewal of each is planned. */
function resumed(log: readonly string[]): number {
  const line = log.find((line) => line.includes('"message":"Agent started"'));
  if (line === undefined) throw new Error('The driver serves, but has not said that its agent has started');
  return (JSON.parse(line) as { readonly resumed: number }).resumed;
}
