import { setTimeout as pause } from 'node:timers/promises';
import type { BenchDriver } from './driver.ts';

/** Far longer than the driver takes for as many RSA keys as a node has pods. */
const PATIENCE_MS = 600_000;

/** Resolves once the driver has so many spare RSA keys, which it makes in its own time. */
export async function untilSpare(driver: BenchDriver, count: number): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const spare = Number(/^podcert_spare_keys (\d+)$/m.exec(await driver.metrics())?.[1]);
    if (spare >= count) return;
    if (performance.now() > endMs) throw new Error(`The driver has ${spare} spare keys, not ${count}`);
    await pause(250);
  }
}
